"""Quantiles of |Δ|, from a histogram with buckets of 0.2 % width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .block import Distribution

if TYPE_CHECKING:
    import torch

_SHIFT = 14  # bits of a float32 that a bucket ignores: 9 of the mantissa's 23 remain
BUCKETS = 1 << (31 - _SHIFT)
_SHARES = {"delta_q50": 0.5, "delta_q90": 0.9, "delta_q99": 0.99, "delta_q999": 0.999}


def count(sizes: torch.Tensor) -> npt.NDArray[np.int64]:
    """Number of |Δ|, as float32, in each bucket; truncating their bits gives buckets of equal relative width."""
    return np.asarray(buckets(sizes).numpy())


def buckets(sizes: torch.Tensor) -> torch.Tensor:
    """The same on the device of `sizes`."""
    import torch

    bits = sizes.view(torch.int32) >> _SHIFT
    return bits.flatten().bincount(minlength=BUCKETS)


def bucket_of(size: float) -> int:
    """The bucket of one |Δ|."""
    return int(np.float32(size).view(np.uint32)) >> _SHIFT


def _finish(counts: npt.NDArray[np.int64], largest: float) -> dict[str, float | None]:
    """The maximum, and quantiles between the two values around each (the linear rule of `numpy.quantile`).

    Each value is known to the width of its bucket. So is a quantile, however few values there are. Zeros in float32
    have a bucket of their own.
    """
    filled = np.flatnonzero(counts)
    counts = counts[filled]
    summed = np.cumsum(counts)

    def value(place: int) -> float:
        """The value at a place of the sorted values, spread evenly over its bucket, and none above the maximum."""
        at = int(np.searchsorted(summed, place, side="right"))
        bucket = filled[at]
        if bucket == 0:
            return 0.0
        within = (place - float(summed[at] - counts[at]) + 0.5) / float(counts[at])
        low, high = (np.array([bucket, bucket + 1]) << _SHIFT).astype(np.uint32).view(np.float32).tolist()
        return float(min(low + within * (high - low), largest))

    measures: dict[str, float | None] = {"delta_max": largest}
    for name, share in _SHARES.items():
        rank = share * float(summed[-1] - 1)
        below = value(int(rank))
        measures[name] = below + (rank - int(rank)) * (value(min(int(rank) + 1, int(summed[-1]) - 1)) - below)
    return measures


_MEASURES = (
    Measure(name="delta_q50", meaning="Median of |D|, to 0.2 %", whole=whole.mean, version=2),
    Measure(name="delta_q90", meaning="90 % quantile of |D|, to 0.2 %", whole=whole.mean, version=2),
    Measure(name="delta_q99", meaning="99 % quantile of |D|, to 0.2 %", whole=whole.mean, version=2),
    Measure(name="delta_q999", meaning="99.9 % quantile of |D|, to 0.2 %", whole=whole.mean, version=2),
    Measure(name="delta_max", meaning="Largest |D|", whole=whole.largest),
)
QUANTILES = Distribution("quantiles", _MEASURES, _finish, order=30)
