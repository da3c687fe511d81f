"""The smallest drop that a test would have found: what 'no collapse' is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betaincc, gammaln, xlogy

from skillprobe_core.analysis.change_interval import HALF_AN_ITEM, surplus

Array = NDArray[np.float64]

POWER = 0.8
_ACCURACY = 1e-4


def detectable_drop(gain: ArrayLike, size: ArrayLike, critical: ArrayLike, margin: float = 0.0) -> Array:
    """Smallest drop in accuracy that is found with 80 % power; 1 where none is.

    gain: mean rise in the share of correct samples, taken to stay as it is while losses are added; size: effective
    number of independent items; critical: the normal value that the standardised change must pass, adjustment
    included; margin: the drop that must be exceeded, by the score test of `upper_limit` (0: any change, by sign
    flips). The power is summed up over all outcomes, not approximated: moved items are binomial, and gains
    binomial among them (Connor 1987, Biometrics 43:207, section 2), because the usual formula overstates the drop by
    a fifth where few items move. Accurate to 0.0002.
    """
    gain, size, critical = np.broadcast_arrays(*(np.asarray(value, float) for value in (gain, size, critical)))
    drops = [_drop(*row, margin) for row in zip(gain.ravel(), size.ravel(), critical.ravel(), strict=True)]
    return np.array(drops, dtype=np.float64).reshape(gain.shape)


def power_of_drop(gain: float, size: float, critical: float, margin: float, drop: float) -> float:
    """Probability that a true drop of that size is found; arguments as for `detectable_drop`."""
    n = max(round(size), 1)
    return _power(_most_gains(n, critical, margin), gain, n, drop)


def _drop(gain: float, size: float, critical: float, margin: float) -> float:
    n = max(round(size), 1)
    most_gains = _most_gains(n, critical, margin)
    low, high = margin, max(1.0 - 2.0 * gain, margin)
    if _power(most_gains, gain, n, high) < POWER:
        return 1.0
    found = brentq(lambda drop: _power(most_gains, gain, n, drop) - POWER, low, high, xtol=_ACCURACY)
    return min(float(found) + _ACCURACY, 1.0)


def _most_gains(n: int, critical: float, margin: float) -> Array:
    """For every number of moved items, 0 to n, the most gains among them with which the drop is found; -1: never."""
    moved = np.arange(n + 1.0)
    if margin == 0:
        return np.asarray(np.maximum(np.floor((moved - critical * np.sqrt(moved)) / 2), -1.0))
    low, high = np.full(n + 1, -1.0), np.floor(moved / 2) + 1
    while np.any(high - low > 1):
        gains = np.floor((low + high) / 2)
        found = surplus((gains + HALF_AN_ITEM) / n, (moved - gains) / n, n, -margin, critical) < 0
        undecided = high - low > 1
        low, high = np.where(undecided & found, gains, low), np.where(undecided & ~found, gains, high)
    return low


def _power(most_gains: Array, gain: float, n: int, drop: float) -> float:
    moving = min(2.0 * gain + drop, 1.0)
    spread = 5.0 * np.sqrt(n * moving * (1.0 - moving)) + 5.0
    first, last = max(int(n * moving - spread), 0), min(int(n * moving + spread), n)
    moved = np.arange(first, last + 1.0)
    log_chance = gammaln(n + 1.0) - gammaln(moved + 1) - gammaln(n - moved + 1)
    chance = np.exp(log_chance + xlogy(moved, moving) + xlogy(n - moved, 1.0 - moving))
    most = most_gains[first : last + 1]
    share = min(gain / moving, 1.0) if moving else 0.0
    found = np.where(most >= 0, betaincc(np.maximum(most, 0.0) + 1, np.maximum(moved - most, 1.0), share), 0.0)
    return float(chance @ found)
