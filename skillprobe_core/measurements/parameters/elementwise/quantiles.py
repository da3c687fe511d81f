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
    import torch

    bits = sizes.view(torch.int32) >> _SHIFT
    return np.asarray(bits.flatten().bincount(minlength=BUCKETS).numpy())


def bucket_of(size: float) -> int:
    """The bucket of one |Δ|."""
    return int(np.float32(size).view(np.uint32)) >> _SHIFT


def _finish(counts: npt.NDArray[np.int64], largest: float) -> dict[str, float | None]:
    """The maximum, and quantiles interpolated within their buckets; zeros in float32 have a bucket of their own."""
    filled = np.flatnonzero(counts)
    counts = counts[filled]
    summed = np.cumsum(counts)
    measures: dict[str, float | None] = {"delta_max": largest}
    for name, share in _SHARES.items():
        rank = share * float(summed[-1] - 1)
        place = int(np.searchsorted(summed, rank, side="right"))
        within = (rank - float(summed[place] - counts[place]) + 0.5) / float(counts[place])
        bucket = filled[place]
        low, high = (np.array([bucket, bucket + 1]) << _SHIFT).astype(np.uint32).view(np.float32).tolist()
        measures[name] = 0.0 if bucket == 0 else low + min(within, 1.0) * (high - low)
    return measures


_MEASURES = (
    Measure(name="delta_q50", meaning="Median of |D|, to 0.2 %", whole=whole.mean),
    Measure(name="delta_q90", meaning="90 % quantile of |D|, to 0.2 %", whole=whole.mean),
    Measure(name="delta_q99", meaning="99 % quantile of |D|, to 0.2 %", whole=whole.mean),
    Measure(name="delta_q999", meaning="99.9 % quantile of |D|, to 0.2 %", whole=whole.mean),
    Measure(name="delta_max", meaning="Largest |D|", whole=whole.largest),
)
QUANTILES = Distribution("quantiles", _MEASURES, _finish, order=30)
