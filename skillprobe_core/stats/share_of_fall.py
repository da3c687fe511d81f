"""Interval of the share of a fall that one part makes up, by the bootstrap over units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .bootstrap import DRAWS

Array = NDArray[np.float64]

_SEED = 1_987


def share_interval(part: Array, fall: Array, totals: csr_array, level: float = 0.95) -> tuple[Array, Array]:
    """Percentile interval of Σ part / Σ fall of each result, with units resampled.

    Part and fall of a unit share its weight, so their correlation counts (Bayesian bootstrap, Rubin 1981). Two
    artificial falls of 1 are added to each result, one of which belongs to the part: without them, parts that are all
    of the fall or none of it would have no width. The estimate always lies in the interval.

    The interval of a ratio means something only where its denominator is surely above 0. The caller must leave it out
    where the interval of the fall contains 0.

    Args:
        part: Summed part of each unit (rows) in each column.
        fall: Summed fall of each unit in each column.
        totals: (results, columns) of 0 and 1, the columns summed in a result.
        level: Confidence level.

    Returns:
        Lower and upper ends, one per result; NaN where the fall is 0.
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    weights = rng.standard_exponential((len(fall), DRAWS))
    of_part, of_rest = rng.standard_exponential((2, 1, DRAWS))
    above, below = (totals @ (csr_array(sums.T) @ weights) for sums in (part, fall))
    drawn = (above + of_part) / (below + of_part + of_rest)
    low, high = np.quantile(drawn, (0.5 - level / 2, 0.5 + level / 2), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = (totals @ part.sum(axis=0)) / (totals @ fall.sum(axis=0))
    estimate = np.where(np.isfinite(estimate), estimate, np.nan)
    return np.minimum(low, estimate), np.maximum(high, estimate)
