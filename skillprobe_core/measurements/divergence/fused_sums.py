"""The sums over the vocabulary in one kernel, on devices where it gives the measures that the passes of torch give."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace

import torch
from torch import Tensor

from .pair_sums import FAR, NEAR, NEAR_GROWTH, NEAR_MIXING, PairSums, Scratch, pair_sums
from .token_measures import base_entropy, entropy_change, forward_kl, js, reverse_kl, tv

FusedSums = Callable[[Tensor, Tensor], PairSums]

_BLOCK, _WARPS = 2048, 8
_MOVES = (0.0, 1e-3, 0.05, 1.0, 30.0)  # of the sample's checkpoint, in the units of its logits
_OF_LOGARITHMS = 1e-5  # of log Σ exp, in nats
_TOLERANCE = 1e-4  # relative, that of the measures against float64 in the documentation


def fused_sums(device: torch.device) -> FusedSums | None:
    """The kernel for a device: it reads fp32 logits twice, where `pair_sums` makes some forty passes.

    Args:
        device: The device of the logits.

    Returns:
        A function of both models' logits (tokens, vocabulary); None on a CPU, without Triton, and on a device where it
        cannot be run or gives other values than `pair_sums`.
    """
    return _proven(device) if device.type == "cuda" and torch.cuda.is_available() else None


@cache
def _proven(device: torch.device) -> FusedSums | None:
    try:
        return kernel_sums if agrees(kernel_sums, device) else None
    except Exception:  # without Triton or its compiler, whatever they raise
        return None


def kernel_sums(base: Tensor, checkpoint: Tensor) -> PairSums:
    """`pair_sums` by the kernel.

    Args:
        base: fp32 logits (tokens, vocabulary), the logits of a token next to each other.
        checkpoint: The same of the checkpoint.

    Raises:
        ImportError: Triton is not installed.
    """
    from .sums_kernel import sums_of_rows

    tokens, vocabulary = base.shape
    sums = base.new_empty(12, tokens)
    sums_of_rows[(tokens,)](
        base,
        checkpoint,
        base.amax(-1),
        checkpoint.amax(-1),
        sums,
        tokens,
        vocabulary,
        base.stride(0),
        checkpoint.stride(0),
        FAR=FAR,
        NEAR=NEAR,
        NEAR_GROWTH=NEAR_GROWTH,
        NEAR_MIXING=NEAR_MIXING,
        BLOCK=_BLOCK,
        num_warps=_WARPS,
    )
    return PairSums(*sums)


def agrees(fused: FusedSums, device: torch.device) -> bool:
    """Report if measures from fused sums are within 1e-4 of those from `pair_sums`.

    The logits of one token are equal, which must give exactly 0; the others moved by a little and by much.
    """
    generator = torch.Generator().manual_seed(0)
    base = torch.randn(len(_MOVES), 3 * _BLOCK + 77, generator=generator) * 3
    moved = base + torch.randn(base.shape, generator=generator) * torch.tensor(_MOVES).unsqueeze(1)
    base, moved = base.to(device), moved.to(device)
    first, second = (logits.argmax(-1, keepdim=True) for logits in (base, moved))
    usual = SimpleNamespace(sums=pair_sums(base, moved, first, second, Scratch()))
    found = SimpleNamespace(sums=fused(base, moved))
    for name in ("base_log_sum", "checkpoint_log_sum"):
        if not bool(((getattr(found.sums, name) - getattr(usual.sums, name)).abs() <= _OF_LOGARITHMS).all()):
            return False
    for function in (forward_kl, reverse_kl, js, tv, base_entropy, entropy_change):
        one, two = function(found), function(usual)  # type: ignore[arg-type]
        least = _OF_LOGARITHMS if function is entropy_change else 0.0  # the difference of two entropies
        if not bool(((one - two).abs() <= _TOLERANCE * two.abs() + least).all()):
            return False
    return True
