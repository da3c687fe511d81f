"""Interval and test of a mean over clusters that are themselves a sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


def mean_of_clusters(
    values: Array, owner: Codes, groups: int, level: float = 0.95, pool: Codes | None = None
) -> tuple[Array, Array, Array]:
    """Mean of the clusters' values with its interval and test, for the population that the clusters were drawn from.

    Student's interval of the plain mean over clusters, each of which counts once. Its variance estimate is unbiased
    whatever the sizes of the clusters and the noise of their values, so it covers both the drift of clusters and the
    sampling of their items (Ibragimov and Müller 2010, Journal of Business and Economic Statistics 28:453).

    With few clusters a skewed law may show no rare large value in a group, whose variance is then far too small. With
    `pool`, a group's variance is at least the mean one within the groups of its pool, which have seen such values.

    Args:
        values: One value per cluster.
        owner: Number of the group of each cluster.
        groups: Number of groups.
        level: Coverage of the interval.
        pool: Number of the pool of each group; None for groups by themselves.

    Returns:
        Per group, the mean, the half width of the interval and the two-sided p-value for a mean of 0. Half width and
        p-value are NaN for groups of fewer than two clusters.
    """
    number = np.bincount(owner, minlength=groups).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(owner, values, groups) / number
        squares = np.bincount(owner, (values - mean[owner]) ** 2, groups)
        variance = squares / (number - 1)
        if pool is not None:
            several = np.where(number > 1, number - 1, 0.0)
            variance = np.maximum(variance, (np.bincount(pool, squares) / np.bincount(pool, several))[pool])
        error = np.where(number > 1, np.sqrt(variance / number), np.nan)
        t = np.where(mean == 0, 0.0, np.abs(mean) / error)
    freedom = np.maximum(number - 1, 1)
    p = np.where(number > 1, 2.0 * stdtr(freedom, -t), np.nan)
    return mean, stdtrit(freedom, 0.5 + level / 2) * error, p
