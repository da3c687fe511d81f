"""Permutation p-values of paired changes, raw and adjusted, on one shared matrix of sign flips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array, eye_array

from .column_blocks import column_blocks, product, result_blocks

Array = NDArray[np.float64]

FLIPS = 9_999
FEWEST_FLIPS = 999
MOST_FLIPPED = 30_000_000
"""Results times flips that easily fit in memory: 240 MB."""

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


def sign_flips(sums: Array | csr_array, flips: int = FLIPS, totals: csr_array | None = None) -> SignFlips:
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
    units, columns = sums.shape
    adding = csr_array(eye_array(columns) if totals is None else totals)
    # most units changed in few columns: the sparse product does a hundredth of the work, in a fixed order
    by_column = csr_array(sums.T)
    scale = np.sqrt((adding @ by_column).power(2).sum(axis=1))
    add_up = csr_array(diags_array(1.0 / np.where(scale > 0, scale, 1.0)) @ adding)
    moves = np.unique(by_column.indices)
    moving = by_column[:, moves]
    observed = add_up @ np.asarray(moving.sum(axis=1), dtype=np.float64)
    rng = np.random.Generator(np.random.PCG64(_SEED))
    flipped = np.empty((add_up.shape[0], flips))
    width = -(-max(units, 1) // 8)
    for start in range(0, flips, _BLOCK):
        chosen = slice(start, min(start + _BLOCK, flips))
        drawn = rng.integers(0, 256, (width, chosen.stop - start), dtype=np.uint8)
        bits = np.unpackbits(drawn, axis=0, count=units)[moves].astype(np.float64)
        for block in result_blocks(add_up):
            kept = product(moving[block.columns], bits)
            if totals is None:  # a result is its column, scaled
                kept *= -2.0 * block.totals.data[:, None]
            else:
                kept = product(block.totals, kept)
                kept *= -2.0
            kept += observed[block.results, None]
            flipped[block.results, chosen] = kept
    return SignFlips(observed, flipped.T)


def flips_that_fit(results: int) -> int:
    """Number of flips: 9,999, or fewer if that many results need it for memory, but at least 999."""
    return max(FEWEST_FLIPS, min(FLIPS, MOST_FLIPPED // max(results, 1)))


def two_sided_p(test: SignFlips) -> Array:
    """Share of flips, including the identity, at least as far from 0 as observed (Phipson and Smyth 2010)."""
    return _share(test, lambda flipped, observed: np.abs(flipped) >= np.abs(observed) - _TIE)


def lower_p(test: SignFlips) -> Array:
    """Share of flips, including the identity, at most as large as observed: small for a drop."""
    return _share(test, lambda flipped, observed: flipped <= observed + _TIE)


def adjusted_two_sided_p(test: SignFlips) -> Array:
    """`two_sided_p` adjusted over the columns, with strong control of the family-wise error.

    Westfall and Young 1993, algorithm 2.8 (step-down max-T); Ge, Dudoit, Speed 2003, box 2.
    """
    return step_down_p(np.abs(test.observed), lambda column: np.abs(test.flipped[:, column]), len(test.flipped))


def adjusted_lower_p(test: SignFlips) -> Array:
    """`lower_p` adjusted over the columns in the same way."""
    return step_down_p(-test.observed, lambda column: -test.flipped[:, column], len(test.flipped))


def step_down_p(observed: Array, flipped: Callable[[int], Array], flips: int) -> Array:
    """p-values of any statistic that is large against the null, adjusted over its columns (step-down max-T).

    Args:
        observed: The statistic of every column.
        flipped: The same of one column under every flip; one column at a time is in memory.
        flips: Number of flips.

    Returns:
        One p-value per column.
    """
    order = np.argsort(-observed, kind="stable")
    largest = np.full(flips, -np.inf)
    p = np.empty(len(observed))
    for column in order[::-1]:
        np.maximum(largest, flipped(int(column)), out=largest)
        p[column] = (1.0 + np.count_nonzero(largest >= observed[column] - _TIE)) / (1.0 + flips)
    p[order] = np.maximum.accumulate(p[order])
    return p


def _share(test: SignFlips, extreme: Callable[[Array, Array], NDArray[np.bool_]]) -> Array:
    flips, columns = test.flipped.shape
    counts = [
        extreme(test.flipped[:, block], test.observed[block]).sum(axis=0) for block in column_blocks(columns, flips)
    ]
    return np.asarray((1.0 + np.concatenate([np.zeros(0), *counts])) / (1.0 + flips), dtype=np.float64)
