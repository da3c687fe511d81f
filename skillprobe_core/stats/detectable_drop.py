"""Minimum detectable drop of a test, which qualifies a result of 'no collapse'."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc, gammaln, ndtri, xlogy

from .change_interval import HALF_AN_ITEM, surplus

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

POWER = 0.8
_ACCURACY = 3e-4
_STEPS = 40
_REACH = 4.5


def detectable_drop(
    gain: ArrayLike, size: ArrayLike, critical: float, margin: float = 0.0, power: float = POWER
) -> Array:
    """Smallest drop in accuracy that is found with this power (default: 80 %); 1 if none is.

    gain: mean rise in the share of correct samples, assumed to stay the same while losses are added; size: effective
    number of independent items; critical: the normal value that the standardised change must exceed, including the
    adjustment; margin: the drop that must be exceeded, by the score test of `upper_limit` (0: any change, by sign
    flips). The power is summed over all outcomes, not approximated: the number of changed items is binomial, and so is
    the number of gains among them (Connor 1987, Biometrics 43:207, section 2). The usual formula overstates the drop by
    a fifth when few items change. Accurate to 0.0003.
    """
    gain, size = np.broadcast_arrays(np.asarray(gain, float), np.asarray(size, float))
    # The groups of many checkpoints take few values: one is computed for all that are equal.
    every = np.column_stack([gain.ravel(), np.maximum(size.ravel().round(), 1.0)])
    distinct, place = np.unique(every, axis=0, return_inverse=True)
    rates, n = np.ascontiguousarray(distinct.T)
    rule = _Rule(n, critical, margin)
    low, high = np.full(n.shape, margin), np.maximum(1.0 - 2.0 * rates, margin)
    none = _gap(rule.power(rates, high), power) < 0
    # secant steps on the probit of the power, which is nearly a straight line in the drop, within a bracket
    drop = np.clip(margin + (critical + ndtri(power)) * np.sqrt((2 * rates + margin + 0.05) / n), low, high)
    gap = _gap(rule.power(rates, drop), power)
    slope = np.sqrt(n / (2 * rates + drop + 1e-9))
    for _ in range(_STEPS):
        low, high = np.where(gap < 0, drop, low), np.where(gap < 0, high, drop)
        moved = drop - gap / slope
        moved = np.where((moved > low) & (moved < high), moved, (low + high) / 2)
        step = np.where(none, 0.0, moved - drop)
        drop = drop + step
        if np.abs(step).max(initial=0.0) < _ACCURACY:
            break
        before, gap = gap, _gap(rule.power(rates, drop), power)
        secant = (gap - before) / np.where(step == 0, 1.0, step)
        slope = np.where((np.abs(step) > 1e-9) & (secant > 0), secant, slope)
    return np.asarray(np.where(none, 1.0, drop)[place.ravel()].reshape(gain.shape))


def _gap(found: Array, power: float) -> Array:
    return np.asarray(ndtri(np.clip(found, 1e-12, 1 - 1e-12)) - ndtri(power))


class _Rule:
    """The outcomes that count as a drop found, for several numbers of items at once."""

    def __init__(self, n: Array, critical: float, margin: float) -> None:
        sizes, self._which = np.unique(n, return_inverse=True)
        self._n = n
        self._start = np.concatenate([[0], np.cumsum(sizes.astype(np.intp) + 1)])
        moved = np.concatenate([np.arange(size + 1.0) for size in sizes])
        items = np.repeat(sizes, sizes.astype(np.intp) + 1)
        self._most_gains = _most_gains(moved, items, critical, margin)
        self._log_factorial = gammaln(np.arange(sizes.max(initial=1) + 1.0) + 1)

    def power(self, gain: Array, drop: Array) -> Array:
        """Probability of an outcome that counts, per row."""
        n, factorial = self._n[:, None], self._log_factorial
        moving = np.minimum(2.0 * gain + drop, 1.0)[:, None]
        reach = _REACH * np.sqrt(n * moving * (1.0 - moving)) + _REACH
        first = np.maximum(np.floor(n * moving - reach), 0.0)
        moved = first + np.arange(int(np.max(2 * reach + 2)))
        inside = (moved <= n) & (moved <= n * moving + reach)
        moved = np.where(inside, moved, 0.0)
        taken, rest = moved.astype(np.intp), (n - moved).astype(np.intp)
        ways = factorial[n.astype(np.intp)] - factorial[taken] - factorial[rest]
        chance = np.where(inside, np.exp(ways + xlogy(moved, moving) + xlogy(rest, 1.0 - moving)), 0.0)
        most = self._most_gains[self._start[self._which][:, None] + taken]
        share = np.minimum(gain[:, None] / np.where(moving > 0, moving, 1.0), 1.0)
        counts = inside & (most >= 0) & (chance > 1e-6)
        found = np.zeros_like(chance)
        share = np.broadcast_to(share, counts.shape)[counts]
        found[counts] = betaincc(most[counts] + 1, np.maximum(moved - most, 1.0)[counts], share)
        return np.asarray((chance * found).sum(axis=1))


def _most_gains(moved: Array, n: Array, critical: float, margin: float) -> Array:
    """For every number of changed items, the most gains among them at which the drop is still found; -1: never."""
    if margin == 0:
        return np.asarray(np.maximum(np.floor((moved - critical * np.sqrt(moved)) / 2), -1.0))
    low, high = np.full_like(moved, -1.0), np.floor(moved / 2) + 1
    while np.any(high - low > 1):
        gains = np.floor((low + high) / 2)
        found = surplus((gains + HALF_AN_ITEM) / n, (moved - gains) / n, n, -margin, critical) < 0
        undecided = high - low > 1
        low, high = np.where(undecided & found, gains, low), np.where(undecided & ~found, gains, high)
    return low
