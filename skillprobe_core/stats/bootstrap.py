"""Bootstrap intervals of paired changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .column_blocks import product, result_blocks

Array = NDArray[np.float64]

DRAWS = 2_000
_SEED = 1_981


def bootstrap_interval(
    sums: Array | csr_array, sizes: Array, totals: csr_array, level: float = 0.95
) -> tuple[Array, Array]:
    """Percentile interval of each result's mean change over items, resampled by units.

    sums: (units, columns), summed change of each unit; sizes: (units, groups), its number of items, where column c
    belongs to group c modulo the number of groups; totals: (results, columns) of 0 and 1, the columns summed in a
    result.
    The Bayesian bootstrap (Rubin 1981) weights every unit by an exponential variable, the same for all columns, so that
    no draw is degenerate. Two artificial items, one gained and one forgotten, are added to each result, as in the
    interval of Bonett and Price (2012): without them a result without any change would have no width.
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    groups, results = sizes.shape[1], totals.shape[0]
    by_unit = csr_array(sums)
    by_unit.eliminate_zeros()
    drawn = (np.diff(by_unit.indptr) > 0) | np.any(sizes > 1, axis=1)
    weights = rng.standard_exponential((int(drawn.sum()), DRAWS))
    # single-item units without any change only add weight: one gamma variable stands for all of them
    unmoved = rng.standard_gamma(sizes[~drawn].sum(axis=0)[:, None], (groups, DRAWS))
    gained, forgotten = rng.standard_exponential((2, 1, DRAWS))
    size = csr_array(sizes[drawn].T) @ weights + unmoved
    by_column = csr_array(by_unit[np.flatnonzero(drawn)].T)
    low, high = np.empty((2, results))
    for block in result_blocks(totals):
        total = product(block.totals, product(by_column[block.columns], weights)) + gained - forgotten
        means = total / (product(block.totals, size[block.columns % groups]) + gained + forgotten)
        low[block.results], high[block.results] = np.quantile(means, (0.5 - level / 2, 0.5 + level / 2), axis=1)
    return low, high
