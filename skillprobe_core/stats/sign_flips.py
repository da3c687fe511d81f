"""Permutation p-values of paired changes, raw and adjusted, on one shared matrix of sign flips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array

Array = NDArray[np.float64]

FLIPS = 9_999
FEWEST_FLIPS = 999
MOST_FLIPPED = 30_000_000
"""Results times flips that easily fit in memory: 240 MB, and a few times that while p-values are adjusted."""

_SEED = 20_251_224
_BLOCK = 1_111
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class SignFlips:
    """Standardised sums: `observed` of shape (columns,), `flipped` of shape (flips, columns)."""

    observed: Array
    flipped: Array

    def of(self, columns: slice) -> SignFlips:
        """The given columns only, on the same flips."""
        return SignFlips(self.observed[columns], self.flipped[:, columns])


def sign_flips(sums: Array, flips: int = FLIPS, totals: csr_array | None = None) -> SignFlips:
    """Flip the sign of every unit's change at random, with the same flips for all columns.

    sums: shape (units, columns), the sum of the changes of a unit's items, 0 if it has none in the column.
    totals: (results, columns) of 0 and 1, the columns summed in each result; None if every column is a result.
    A result's statistic is Σ d / sqrt(Σ d²). The denominator is the same under every flip, so the statistic orders the
    flips as Student's t does and makes results of different size comparable. If no item changes systematically, gains
    and losses are exchangeable and the flips give the exact distribution (Fisher 1935; Good 2005, 3.6); with one
    sample per item this is McNemar's test. A result without any change has the statistic 0.
    The flips depend only on a fixed seed and the unit's row: the same input gives the same result, and further columns
    do not change the flips of existing ones.
    """
    adding = eye_array(sums.shape[1]) if totals is None else totals
    scale = np.sqrt(((adding @ sums.T) ** 2).sum(axis=1))
    add_up = csr_array(diags_array(1.0 / np.where(scale > 0, scale, 1.0)) @ adding)
    moves = np.flatnonzero(np.any(sums != 0, axis=1))
    # most units changed in few columns: the sparse product does a hundredth of the work, in a fixed order
    moving = csr_array(sums[moves].T)
    observed = add_up @ np.asarray(moving.sum(axis=1), dtype=np.float64)
    rng = np.random.Generator(np.random.PCG64(_SEED))
    flipped = np.empty((add_up.shape[0], flips))
    width = -(-max(len(sums), 1) // 8)
    for start in range(0, flips, _BLOCK):
        rows = min(_BLOCK, flips - start)
        bits = np.unpackbits(rng.integers(0, 256, (width, rows), dtype=np.uint8), axis=0, count=len(sums))
        kept = moving @ bits[moves].astype(np.float64)
        flipped[:, start : start + rows] = observed[:, None] - 2.0 * (add_up @ kept)
    return SignFlips(observed, flipped.T)


def flips_that_fit(results: int) -> int:
    """Number of flips: 9,999, or fewer if that many results need it for memory, but at least 999."""
    return max(FEWEST_FLIPS, min(FLIPS, MOST_FLIPPED // max(results, 1)))


def two_sided_p(test: SignFlips) -> Array:
    """Share of flips, including the identity, at least as far from 0 as observed (Phipson and Smyth 2010)."""
    return _share(np.abs(test.flipped) >= np.abs(test.observed) - _TIE)


def lower_p(test: SignFlips) -> Array:
    """Share of flips, including the identity, at most as large as observed: small for a drop."""
    return _share(test.flipped <= test.observed + _TIE)


def adjusted_two_sided_p(test: SignFlips) -> Array:
    """`two_sided_p` adjusted over the columns, with strong control of the family-wise error.

    Westfall and Young 1993, algorithm 2.8 (step-down max-T); Ge, Dudoit, Speed 2003, box 2.
    """
    return step_down_p(np.abs(test.observed), np.abs(test.flipped))


def adjusted_lower_p(test: SignFlips) -> Array:
    """`lower_p` adjusted over the columns in the same way."""
    return step_down_p(-test.observed, -test.flipped)


def step_down_p(observed: Array, flipped: Array) -> Array:
    """p-values of any statistic that is large against the null, adjusted over its columns (step-down max-T).

    Args:
        observed: The statistic of every column.
        flipped: The same under every flip, of shape (flips, columns).

    Returns:
        One p-value per column.
    """
    order = np.argsort(-observed, kind="stable")
    largest = np.full(len(flipped), -np.inf)
    p = np.empty(len(observed))
    for column in order[::-1]:
        np.maximum(largest, flipped[:, column], out=largest)
        p[column] = (1.0 + np.count_nonzero(largest >= observed[column] - _TIE)) / (1.0 + len(flipped))
    p[order] = np.maximum.accumulate(p[order])
    return p


def _share(extreme: NDArray[np.bool_]) -> Array:
    return np.asarray((1.0 + extreme.sum(axis=0)) / (1.0 + len(extreme)), dtype=np.float64)
