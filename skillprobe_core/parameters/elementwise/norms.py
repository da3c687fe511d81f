"""Norm of the update relative to the weights, and the angle by which it turns them."""

from __future__ import annotations

import math

import torch

from .block import Block, Elementwise, Totals, dot, ratio


def _partial(block: Block) -> dict[str, torch.Tensor]:
    return {
        "base_squares": dot(block.base, block.base),
        "squares": dot(block.tensor, block.tensor),
        "delta_squares": dot(block.delta, block.delta),
        "base_times_delta": dot(block.base, block.delta),
    }


def _finish(totals: Totals) -> dict[str, float | None]:
    base, tensor, delta = (math.sqrt(totals[name]) for name in ("base_squares", "squares", "delta_squares"))
    # 1 - cos from the update itself: the plain quotient loses all digits if the update is small. With
    # |W| - |W0| = (2<W0, D> + |D|^2) / (|W| + |W0|), 1 - cos = (|D|^2 - (|W| - |W0|)^2) / (2 |W| |W0|).
    distance = None
    if base and tensor:
        longer = (2.0 * float(totals["base_times_delta"]) + delta * delta) / (base + tensor)
        distance = max(0.0, delta * delta - longer * longer) / (2.0 * base * tensor)
    return {
        "base_norm": base,
        "norm": tensor,
        "delta_norm": delta,
        "relative_norm": ratio(delta, base),
        "cosine": None if distance is None else 1.0 - distance,
        "cosine_distance": distance,
    }


NORMS = Elementwise("norms", _partial, _finish)
