"""The check that an engine has taken the weights of a checkpoint: a sum over all elements, whatever their order.

vLLM joins, splits and pads tensors, and its own reload may leave a module with old weights without an error. The sum of
a 64-bit hash of each element's bits does not depend on the order of the elements, and zeros count nothing. So it is
equal for the stored tensors and for the engine's parameters exactly if the engine holds these elements and no others,
up to a collision of 64-bit sums. A tensor that several modules share counts once on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

from skillprobe_core.runs.weights import open_weights

_BITS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_FACTORS = (-7046029254386353131, -4417276706812531889)  # odd constants of splitmix64 and xxHash
_SHIFT = 32
# Elements at once: on a CPU those that stay in its cache, on a GPU those that fill it.
_AT_ONCE = {"cpu": 1 << 18, "cuda": 1 << 24}
_WORD = 1 << 64
_CHANGING = ("kv_cache", "lora", "punica")  # parts of the names of tensors that requests and adapters change


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


def constants_sum(model: torch.nn.Module) -> int:
    """The sum over what a reload must leave as it is: buffers, and tensors that modules hold besides parameters.

    A tensor that was derived from weights is among them, so a model that has one fails the check after a reload. The
    cache of keys and values, and the places for adapters, are left out.
    """
    return element_sum(_constants(model))


def fault_of(model: torch.nn.Module, folder: Path, dtype: torch.dtype, device: str, constants: int) -> str:
    """Say why a running model is not that of a folder after a reload; empty if it is.

    Args:
        model: The model.
        folder: The checkpoint's folder.
        dtype: Number type in which the model runs.
        device: Device to add up the stored tensors on.
        constants: `constants_sum` of the model before the reload.

    Returns:
        The fault in one clause.
    """
    if parameters_sum(model) != stored_sum(folder, dtype, device):
        return "the parameters in the engine are not those of the checkpoint"
    if constants_sum(model) != constants:
        return "the reload changed tensors of the engine that are not parameters"
    return ""


def _constants(model: torch.nn.Module) -> Iterator[torch.Tensor]:
    seen = {id(parameter) for parameter in model.parameters()}
    for module in model.modules():
        held = {name: value for name, value in vars(module).items() if not name.startswith("_")}
        for name, value in {**held, **module._buffers}.items():
            if any(word in name for word in _CHANGING):
                continue
            for each in value if isinstance(value, list | tuple) else (value,):
                if isinstance(each, torch.Tensor) and each.numel() and id(each) not in seen:
                    seen.add(id(each))
                    yield each


def _hashes(bits: torch.Tensor) -> torch.Tensor:
    """A 64-bit hash of each element in its place, 0 for 0; products wrap around."""
    for factor in _FACTORS:
        bits.mul_(factor)
        bits.bitwise_xor_(bits >> _SHIFT)
    return bits.mul_(_FACTORS[0])
