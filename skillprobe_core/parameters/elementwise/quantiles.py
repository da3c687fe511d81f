"""Quantiles of |Δ|, from a histogram with buckets of 0.2 % width."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

_SHIFT = 14  # bits of a float32 that a bucket ignores: 9 of the mantissa's 23 remain
BUCKETS = 1 << (31 - _SHIFT)
QUANTILES = {"delta_q50": 0.5, "delta_q90": 0.9, "delta_q99": 0.99, "delta_q999": 0.999}


def count(sizes: torch.Tensor) -> npt.NDArray[np.int64]:
    """Number of |Δ|, as float32, in each bucket; truncating their bits gives buckets of equal relative width."""
    bits = sizes.view(torch.int32) >> _SHIFT
    return np.asarray(torch.bincount(bits.flatten(), minlength=BUCKETS).numpy())


def quantiles(counts: npt.NDArray[np.int64]) -> dict[str, float | None]:
    """The quantiles, interpolated within their buckets; values that are zero in float32 have their own bucket."""
    filled = np.flatnonzero(counts)
    counts = counts[filled]
    summed = np.cumsum(counts)
    measures: dict[str, float | None] = {}
    for name, share in QUANTILES.items():
        rank = share * float(summed[-1] - 1)
        place = int(np.searchsorted(summed, rank, side="right"))
        within = (rank - float(summed[place] - counts[place]) + 0.5) / float(counts[place])
        bucket = filled[place]
        low, high = (np.array([bucket, bucket + 1]) << _SHIFT).astype(np.uint32).view(np.float32).tolist()
        measures[name] = 0.0 if bucket == 0 else low + min(within, 1.0) * (high - low)
    return measures
