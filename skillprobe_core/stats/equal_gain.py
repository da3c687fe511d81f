"""Test of the difference in cost between two training runs at equal gain, where cost and gain are both estimates.

The cost is the drop outside the trained cells. The null hypothesis is that both runs lie on one curve of drop against
gain. Where the curve has slope s, the contrast of two checkpoints

    T(s) = (drop of the other - drop) + s · (gain - gain of the other)

has expectation 0, however far apart their true gains are. The noise of both gains is part of its variance. Choosing
the checkpoint of nearest gain selects a pair by noise, so the critical value covers all pairs (max-T, Westfall and
Young 1993): it then holds for any choice.

The slope comes from both runs. A slope is plausible if the drops of the checkpoints, less s times their gains, show no
trend over training (Anderson and Rubin 1949; for one contrast this is the ratio set of Fieller 1954). The weights of
that trend are ranks of steps, which contain no noise, so noise in the gains does not attenuate the slope. A difference
is claimed only if the test rejects at every plausible slope, and the chance that the true slope is not among them is
added to the p-value (Berger and Boos 1994). If late checkpoints show another slope than early ones, the curve bends,
and the set is widened to that slope.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from skillprobe_core.machine.processor import cores

from .significance import SIGNIFICANCE

Array = NDArray[np.float64]
Places = NDArray[np.intp]

MISSED = 0.005
"""Chance that the true slope is not among the plausible ones; part of every p-value."""

DRAWS = 4_999
_DRAWS_AT_A_TIME = 250
SLOPES = 11
_LEVEL = 1 - (SIGNIFICANCE - MISSED)
_POWER = 0.8
_SEED = 1_949
_DECIMALS = 9  # the last digits of a matrix product depend on the number of threads; a stored table must not


@dataclass(frozen=True, slots=True)
class Points:
    """Estimated gain and drop of checkpoints that were measured on the same items; the first is the base, at 0 and 0.

    gain, drop: (checkpoints,). covariance: (2 checkpoints, 2 checkpoints) of their noise, gains first. freedom: its
    degrees of freedom.
    """

    gain: Array
    drop: Array
    covariance: Array
    freedom: float


@dataclass(frozen=True, slots=True)
class SlopeSet:
    """Drop per unit of gain: the estimate, and the ends of the plausible slopes; infinite if they have none."""

    estimate: float
    low: float
    high: float

    @property
    def bounded(self) -> bool:
        """True if the runs limit the slope on both sides."""
        return bool(np.isfinite([self.low, self.high]).all())


@dataclass(frozen=True, slots=True)
class EqualGain:
    """A run's checkpoints compared with the other run's of nearest gain; arrays of shape (checkpoints of the run,).

    nearest: position among the other's checkpoints. gap: gain minus the other's. difference: the other's drop minus the
    own, plus slope times gap. low, high: its 95 % interval at any plausible slope. p: for any choice among the other's
    checkpoints; p_adjusted: over all rows as well. detectable: smallest difference that is found with 80 % power. All
    but `nearest` and `gap` are NaN if the slope is not bounded or the noise has no degree of freedom.
    """

    slope: SlopeSet
    nearest: Places
    gap: Array
    difference: Array
    low: Array
    high: Array
    p: Array
    p_adjusted: Array
    detectable: Array


def equal_gain(points: Points, own: Places, other: Places, draws: int = DRAWS) -> EqualGain:
    """Compare each checkpoint of one run with the other's of nearest gain.

    Args:
        points: The base and all checkpoints of both runs.
        own: Positions of one run's checkpoints in `points`, by step.
        other: Those of the other run, by step.
        draws: Number of draws of the noise.

    Returns:
        One value per checkpoint of the run.
    """
    gaps = points.gain[own][:, None] - points.gain[other]
    spared = points.drop[other] - points.drop[own][:, None]
    rows, nearest = np.arange(len(own)), np.abs(gaps).argmin(axis=1)
    gap, spare = gaps[rows, nearest], spared[rows, nearest]
    slope = slope_set(points, own, other)
    if not slope.bounded or points.freedom < 1:
        unknown = np.full(len(own), np.nan)
        return EqualGain(slope, nearest, gap.round(_DECIMALS), *[unknown] * 6)
    drawn_gain, drawn_drop = _noise_of_checkpoints(points, draws)
    variances = _variances_of_pairs(points, own, other)
    p, p_adjusted, needed = np.zeros((3, len(own)))
    low, high = np.full(len(own), np.inf), np.full(len(own), -np.inf)
    for s in np.linspace(slope.low, slope.high, SLOPES):
        error = np.sqrt(variances @ [1.0, s, s**2])
        value, noise = spare + s * gap, error[rows, nearest]
        of_row = _largest_of_rows(drawn_gain * s - drawn_drop, own, other, error)
        of_any = of_row.max(axis=1)
        seen = np.abs(value) / noise - 1e-9
        p, p_adjusted = np.maximum(p, _share(of_row >= seen)), np.maximum(p_adjusted, _share(of_any[:, None] >= seen))
        critical = np.quantile(of_row, _LEVEL, axis=0)
        low, high = np.minimum(low, value - critical * noise), np.maximum(high, value + critical * noise)
        needed = np.maximum(needed, (np.quantile(of_any, _LEVEL) + ndtri(_POWER)) * noise)
    crosses = (spare + slope.low * gap) * (spare + slope.high * gap) <= 0  # a slope between two of the grid gives 0
    p, p_adjusted = (np.minimum(np.where(crosses, 1.0, each) + MISSED, 1.0) for each in (p, p_adjusted))
    detectable = np.minimum(needed + np.abs(gap) * (slope.high - slope.low) / 2, 1.0)
    found = (gap, spare + slope.estimate * gap, low, high, p, p_adjusted, detectable)
    return EqualGain(slope, nearest, *(each.round(_DECIMALS) for each in found))


def slope_set(points: Points, own: Places, other: Places) -> SlopeSet:
    """Plausible slopes: those at which drop - slope · gain shows no trend from the base on, over both runs together.

    The trend is the mean of each run's checkpoints, weighted by rank of step, minus the base, summed over the runs. If
    its gain may be 0, any slope is plausible. A second trend, late against early checkpoints, adds its estimate to the
    set if its gain is not 0: it adds nothing but noise to a straight line, and the local slope to a curve.
    """
    size = len(points.gain)
    from_base, late = np.zeros((2, size))
    for run in (own, other):
        rank = np.arange(1.0, len(run) + 1)
        from_base[run] += rank / rank.sum()
        from_base[0] -= 1.0
        late[run] += (rank - rank.mean()) / max(np.abs(rank - rank.mean()).sum() / 2, 1.0)
    found = _plausible(points, from_base)
    bend = _plausible(points, late)
    if not (found.bounded and bend.bounded):
        return found
    return SlopeSet(found.estimate, min(found.low, bend.estimate), max(found.high, bend.estimate))


def _plausible(points: Points, trend: Array) -> SlopeSet:
    """Slopes that agree with a contrast of the checkpoints."""
    weights = np.kron(np.eye(2), trend)
    gain, drop = weights @ np.concatenate([points.gain, points.drop])
    noise = weights @ points.covariance @ weights.T * ndtri(MISSED / 2) ** 2
    a, b, c = gain**2 - noise[0, 0], gain * drop - noise[0, 1], drop**2 - noise[1, 1]
    estimate = round(float(drop / gain), _DECIMALS) if gain else float("nan")
    if a <= 0:
        return SlopeSet(estimate, -np.inf, np.inf)
    root = np.sqrt(max(b**2 - a * c, 0.0))
    low, high = (round(float(end), _DECIMALS) for end in ((b - root) / a, (b + root) / a))
    return SlopeSet(estimate, low, high)


def _variances_of_pairs(points: Points, own: Places, other: Places) -> Array:
    """Variance of every pair's contrast as coefficients of 1, s and s²: (own, other, 3)."""
    size, covariance = len(points.gain), points.covariance
    gains, crossed, drops = covariance[:size, :size], covariance[:size, size:], covariance[size:, size:]

    def of_pairs(matrix: Array) -> Array:
        diagonal = np.diag(matrix)
        shared = matrix[np.ix_(own, other)] + matrix[np.ix_(other, own)].T
        return np.asarray(diagonal[own][:, None] + diagonal[other] - shared)

    return np.stack([of_pairs(drops), -2.0 * of_pairs(crossed), of_pairs(gains)], axis=2)


def _noise_of_checkpoints(points: Points, draws: int) -> tuple[Array, Array]:
    """Noise of the gains and of the drops of all checkpoints; each of shape (checkpoints, draws)."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    values, vectors = np.linalg.eigh(points.covariance)
    noise = rng.standard_normal((draws, len(values))) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    noise /= np.sqrt(rng.chisquare(points.freedom, (draws, 1)) / points.freedom)
    gain, drop = np.vsplit(np.ascontiguousarray(noise.T), 2)
    return gain, drop


def _largest_of_rows(noise: Array, own: Places, other: Places, error: Array) -> Array:
    """The largest standardised noise of every own checkpoint's pairs, (draws, own).

    Some draws of some pairs are in memory at a time: those of two runs of hundreds of checkpoints are many GB.

    Args:
        noise: Of every checkpoint, (checkpoints, draws); that of a pair is the difference of two.
        own: Positions of one run's checkpoints.
        other: Those of the other run.
        error: Standard error of every pair, (own, other).
    """
    largest = np.zeros((len(own), noise.shape[1]))
    weight = 1.0 / error

    def fill(start: int) -> None:
        some = slice(start, start + _DRAWS_AT_A_TIME)
        mine = np.ascontiguousarray(noise[own, some])
        found, pair = np.zeros_like(mine), np.empty_like(mine)
        for column, theirs in enumerate(noise[other, some]):
            np.subtract(mine, theirs, out=pair)
            np.abs(pair, out=pair)
            pair *= weight[:, column, None]
            np.maximum(found, pair, out=found)
        largest[:, some] = found

    with ThreadPoolExecutor(cores()) as pool:
        deque(pool.map(fill, range(0, noise.shape[1], _DRAWS_AT_A_TIME)), maxlen=0)
    return np.ascontiguousarray(largest.T)


def _share(extreme: NDArray[np.bool_]) -> Array:
    return np.asarray((1.0 + extreme.sum(axis=0)) / (1.0 + len(extreme)), dtype=np.float64)
