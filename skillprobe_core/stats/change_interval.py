"""Intervals of a paired change in accuracy."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

HALF_AN_ITEM = 0.5
_BISECTIONS = 40


def score_limits(gain: ArrayLike, loss: ArrayLike, size: ArrayLike, critical: ArrayLike) -> tuple[Array, Array]:
    """Both limits of the change at a critical value of the normal distribution (1.96 for 95 %).

    gain, loss: mean over items of the rise and of the fall in the share of correct samples, so that the change is
    gain - loss; size: effective number of independent items. The limits are the changes at which the score test of
    Tango (1998, Statistics in Medicine 17:891), with the skewness correction of Laud (2017, Pharmaceutical Statistics
    16:334), only just rejects. Unlike mean ± 1.96 standard errors they keep their level on both sides when few items
    changed, and have width when none did.
    """
    gain, loss, size, critical = (np.asarray(value, float) for value in (gain, loss, size, critical))
    return np.negative(_upper(loss, gain, size, critical)), _upper(gain, loss, size, critical)


def upper_limit(gain: ArrayLike, loss: ArrayLike, size: ArrayLike, critical: ArrayLike) -> Array:
    """The upper limit of `score_limits` as if half an item more had been gained.

    This continuity correction keeps its level for every true change, not only on average over neighbouring ones, since
    a collapse claimed with it must be wrong in at most 5 % of families.
    """
    gain, loss, size, critical = (np.asarray(value, float) for value in (gain, loss, size, critical))
    return _upper(gain + HALF_AN_ITEM / np.maximum(size, 1.0), loss, size, critical)


def surplus(gain: ArrayLike, loss: ArrayLike, size: ArrayLike, change: ArrayLike, critical: ArrayLike) -> Array:
    """Distance of the estimate above the lower critical point of its distribution if the true mean were `change`.

    If negative, the score test rejects `change` in favour of a smaller one. The critical point is the Cornish-Fisher
    quantile of the mean, with variance and skewness at the maximum likelihood under `change`.
    """
    gain, loss, size, change = (np.asarray(value, float) for value in (gain, loss, size, change))
    z = -np.asarray(critical, float)
    variance = _null_variance(gain, loss, change)
    third = change - 3 * change * (variance + change**2) + 2 * change**3
    size = np.maximum(size, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = np.where(variance > 1e-12, third / variance, 0.0) / np.sqrt(size)
    point: Array = (gain - loss - change) * np.sqrt(size) - z * np.sqrt(variance) - (z**2 - 1) * bend / 6
    return point


def _null_variance(gain: Array, loss: Array, change: Array) -> Array:
    """Variance of one item's change if the true mean were `change`: at the maximum likelihood under it (Tango 1998)."""
    b = (2.0 - gain + loss) * change - gain - loss
    c = -loss * change * (1.0 - change)
    lost = (np.sqrt(np.maximum(b**2 - 8.0 * c, 0.0)) - b) / 4.0
    variance: Array = np.maximum(2.0 * lost + change * (1.0 - change), 0.0)
    return variance


def _upper(gain: Array, loss: Array, size: Array, critical: Array) -> Array:
    low = np.broadcast_to(gain - loss, np.broadcast_shapes(gain.shape, size.shape, critical.shape))
    high = np.ones_like(low)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        inside = surplus(gain, loss, size, middle, critical) >= 0
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return high
