"""Interval and test of a ratio from the 95 % intervals of its parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from skillprobe_core.stats.significance import NORMAL_95

Array = NDArray[np.float64]


def ratio_interval(above: Array, below: Array) -> tuple[Array, Array]:
    """Both ends of the interval of `above` / `below`, two independent estimates, at the level of their intervals.

    above, below: (3, n), the estimates and both ends of their intervals; the lower end of `below` must be positive,
    otherwise both ends are infinite. The variances are recovered from the ends that lie towards the ratio (Donner and
    Zou 2012, Statistical Methods in Medical Research 21:347), which for symmetric intervals is Fieller's (1954).
    """
    value, least, most = np.asarray(above, float)
    divisor, divisor_low, divisor_high = np.asarray(below, float)
    shorter, longer = (divisor - divisor_low) ** 2, (divisor_high - divisor) ** 2
    # a ratio above 0 is smallest at the largest divisor, one below 0 at the smallest
    low = _end(value, divisor, least - value, np.where(least >= 0, longer, shorter), -1.0)
    high = _end(value, divisor, most - value, np.where(most >= 0, shorter, longer), 1.0)
    known = divisor_low > 0
    return np.where(known, low, -np.inf), np.where(known, high, np.inf)


def equal_p(one: Array, other: Array) -> Array:
    """Two-sided p-value for the null that two independent quantities are equal, whose ratio is 1.

    one, other: (3, n), the estimates and both ends of their 95 % intervals. p is at most 0.05 where the interval of the
    difference, with its variance recovered in the same way (Zou and Donner 2008), excludes 0.
    """
    value, low, high = np.asarray(one, float)
    other_value, other_low, other_high = np.asarray(other, float)
    difference = value - other_value
    above = np.hypot(value - low, other_high - other_value)
    below = np.hypot(high - value, other_value - other_low)
    reach = np.where(difference > 0, above, below)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(difference == 0, 0.0, NORMAL_95 * np.abs(difference) / reach)
    return np.asarray(2.0 * ndtr(-z), dtype=np.float64)


def holm(p: Array) -> Array:
    """p-values adjusted for the family-wise error over all of them (Holm 1979); holds for any dependence."""
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(np.minimum(p[order] * np.arange(p.size, 0, -1), 1.0))
    adjusted = np.empty_like(p)
    adjusted[order] = stepped
    return adjusted


def _end(value: Array, divisor: Array, reach: Array, square: Array, side: float) -> Array:
    """The root of (value - r · divisor)² = reach² + r² · square on one side of the estimate; infinite if none."""
    a, b, c = divisor**2 - square, value * divisor, value**2 - reach**2
    root = np.sqrt(np.maximum(b**2 - a * c, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(a > 0, (b + side * root) / a, side * np.inf)
