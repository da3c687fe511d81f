"""Bootstrap intervals of paired changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Array = NDArray[np.float64]

DRAWS = 3_000
_SEED = 1_981


def bootstrap_interval(sums: Array, sizes: Array, level: float = 0.95) -> tuple[Array, Array]:
    """Percentile interval per column of the mean change over items, units drawn together.

    sums, sizes: (units, columns), summed change and number of items of each unit. The Bayesian bootstrap (Rubin 1981)
    weights every unit by an exponential variable, the same for all columns, so that no draw is degenerate. Two
    invented items, one gained and one forgotten, join each column, as in the interval of Bonett and Price
    (2012): without them a column in which nothing moved would have no width.
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    columns = sums.shape[1]
    drawn = np.any((sums != 0) | (sizes > 1), axis=1)
    weights = rng.standard_exponential((int(drawn.sum()), DRAWS))
    # units of one item that moved nowhere only add weight: a gamma variable for all of them together
    unmoved = rng.standard_gamma(sizes[~drawn].sum(axis=0)[:, None], (columns, DRAWS))
    gained, forgotten = rng.standard_exponential((2, columns, DRAWS))
    total = csr_array(sums[drawn].T) @ weights + gained - forgotten
    means = total / (csr_array(sizes[drawn].T) @ weights + unmoved + gained + forgotten)
    low, high = np.quantile(means, (0.5 - level / 2, 0.5 + level / 2), axis=1)
    return low, high
