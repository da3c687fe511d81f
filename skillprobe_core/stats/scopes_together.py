"""p-values adjusted over several scopes of tests together, each scope with the same share of the error.

Scopes are families of different size that overlap: the items of a cell are also those of its skill. The adjustment of
each scope by itself leaves the chance of an error anywhere at about twice the level. A serial gatekeeper (the whole,
then its skills, then their cells) controls it, but never reaches a cell that moved alone, because the whole hardly
moves with it.

Here the statistics of all scopes are brought to one scale and adjusted in one step-down procedure (Westfall and Young
1993, algorithm 2.8), which controls the family-wise error strongly over all rows, for any dependence. The scale is
T² - c², where c is the critical value of the row's scope by itself. Because log p is nearly -T² / 2, equal values
on this scale are equally unlikely maxima of their scopes: a scope of many rows does not use up the error of a small one
(balance: Beran 1988, JASA 83:679). Each rejection takes its row out, so a scope whose rows have all been rejected
leaves its share to the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .column_blocks import column_blocks
from .sign_flips import SignFlips, step_down_p
from .significance import SIGNIFICANCE

Array = NDArray[np.float64]


def adjusted_over_scopes(test: SignFlips, critical: Array) -> Array:
    """Two-sided p-values, adjusted over all columns, with strong control of the family-wise error.

    Args:
        test: The flips of all scopes; each column belongs to one.
        critical: For every column, the two-sided critical value of its scope by itself, as from
            `simultaneous_critical`. Flips must not change it: it may depend on the squares of the units' changes only.

    Returns:
        One p-value per column.
    """
    return step_down_p(
        test.observed**2 - critical**2,
        lambda column: test.flipped[:, column] ** 2 - critical[column] ** 2,
        len(test.flipped),
    )


def first_step_critical(test: SignFlips, critical: Array, scopes: int) -> Array:
    """Critical value of every column at the first step of `adjusted_over_scopes`, where no row has been rejected.

    The quantile of the flips is bounded by Bonferroni's value for that many scopes. Where it adds nothing, because
    hardly any unit changed and the flips take few values, the result is Bonferroni's.

    Args:
        test: As for `adjusted_over_scopes`.
        critical: As for `adjusted_over_scopes`.
        scopes: Number of scopes that share the error.

    Returns:
        The absolute value of the standardised sum that must be exceeded, per column.
    """
    flips, columns = test.flipped.shape
    largest = np.full(flips, -np.inf)
    for block in column_blocks(columns, flips):
        np.maximum(largest, (test.flipped[:, block] ** 2 - critical[block] ** 2).max(axis=1), out=largest)
    bound = ndtri(1 - SIGNIFICANCE / scopes / 2) ** 2 - ndtri(1 - SIGNIFICANCE / 2) ** 2
    added = min(float(np.quantile(largest, 1 - SIGNIFICANCE)), bound)
    return np.asarray(np.sqrt(critical**2 + (added if added > 0 else bound)))
