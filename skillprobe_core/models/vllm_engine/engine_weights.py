"""The check that an engine has taken the weights of a checkpoint: a sum over all elements, whatever their order.

vLLM joins, splits and pads tensors, and its own reload may leave a module with old weights without an error. The sum of
a 64-bit hash of each element's bits does not depend on the order of the elements, and zeros count nothing. So it is
equal for the stored tensors and for the engine's parameters exactly if the engine holds these elements and no others,
up to a collision of 64-bit sums. A tensor that several modules share counts once on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch

from skillprobe_core.runs.weights import open_weights

_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_FACTORS = (-7046029254386353131, -4417276706812531889)  # odd constants of splitmix64 and xxHash
_SHIFT = 32
# Elements at once: on a CPU those that stay in its cache, on a GPU those that fill it.
_AT_ONCE = {"cpu": 1 << 18, "cuda": 1 << 24}
_WORD = 1 << 64


def element_sum(tensors: Iterable[torch.Tensor]) -> int:
    """The sum modulo 2**64 of the hashes of all elements, each of its bits."""
    total = 0
    for tensor in tensors:
        flat = tensor.detach().reshape(-1)
        size = _AT_ONCE.get(flat.device.type, _AT_ONCE["cuda"])
        for start in range(0, len(flat), size):
            part = flat[start : start + size].contiguous()
            total += int(_hashes(part.view(_BITS[part.element_size()]).to(torch.int64, copy=True)).sum())
    return total % _WORD


def stored_sum(folder: Path, dtype: torch.dtype, device: str) -> int:
    """The sum over the tensors stored in a folder, in the number type that the engine converts them to."""
    return element_sum(tensor.to(device=device).to(dtype) for _, tensor in open_weights(folder).stream())


def parameters_sum(model: torch.nn.Module) -> int:
    """The sum over the parameters of an engine's model, each shared one once."""
    return element_sum(model.parameters())


def _hashes(bits: torch.Tensor) -> torch.Tensor:
    """A 64-bit hash of each element in its place, 0 for 0; products wrap around."""
    for factor in _FACTORS:
        bits.mul_(factor)
        bits.bitwise_xor_(bits >> _SHIFT)
    return bits.mul_(_FACTORS[0])
