"""Bootstrap intervals of paired changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DRAWS = 4_000
_SEED = 1_981
_DECIMALS = 9  # a matrix product's last digits depend on the number of threads, a stored table must not


def bootstrap_interval(
    change: Array, unit: NDArray[np.intp], group: NDArray[np.intp], groups: int, level: float = 0.95
) -> tuple[Array, Array]:
    """Percentile interval per group of the mean change over items, units drawn together.

    change, unit, group: one value per item. The Bayesian bootstrap (Rubin 1981) weights every unit by an exponential
    variable, so that no draw is degenerate. Two invented items, one gained and one forgotten, join each group, as
    in the interval of Bonett and Price (2012): without them a group in which nothing moved would have no width.
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    low, high = np.empty(groups), np.empty(groups)
    for g in range(groups):
        mine = group == g
        codes = np.unique(unit[mine], return_inverse=True)[1]
        size = np.bincount(codes).astype(np.float64)
        total = np.bincount(codes, change[mine])
        still = (total == 0) & (size == 1)
        size = np.concatenate([size[~still], [1.0, 1.0]])
        total = np.concatenate([total[~still], [1.0, -1.0]])
        weights = rng.standard_exponential((DRAWS, len(size)))
        unmoved = rng.standard_gamma(still.sum(), DRAWS) if still.any() else np.zeros(DRAWS)
        means = (weights @ total) / (weights @ size + unmoved)
        low[g], high[g] = np.quantile(means, (0.5 - level / 2, 0.5 + level / 2))
    return low.round(_DECIMALS), high.round(_DECIMALS)
