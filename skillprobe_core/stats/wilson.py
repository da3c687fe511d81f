"""Wilson's interval for an accuracy, also for clustered items."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


def wilson_interval(share: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Both ends of the score interval of Wilson (1927) for a share of `n` independent trials.

    `n` need not be an integer: `effective_size` gives it for trials that are not independent. The ends lie between 0
    and 1, and are 0 and 1 if n is 0.
    """
    share, n = np.asarray(share, float), np.asarray(n, float)
    z2 = float(ndtri(0.5 + level / 2)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (share * n + z2 / 2) / (n + z2)
        half = np.sqrt(z2 * (n * share * (1 - share) + z2 / 4)) / (n + z2)
    low = np.where(share <= 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(share >= 1, 1.0, np.clip(centre + half, 0, 1))
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def clustered_variance(residual: ArrayLike, items: ArrayLike, owner: Codes, groups: int) -> tuple[Array, Array]:
    """Variance of the mean over items of each group whose items come in clusters, and its degrees of freedom.

    residual, items, owner: per cluster the summed residual (value minus the group's mean) of its items, their number,
    and the number of its group. The bias-reduced variance and the Satterthwaite degrees of freedom of Bell and
    McCaffrey (2002): for G clusters of one size a factor of G / (G - 1) and G - 1 degrees of freedom, and fewer for
    clusters of very different sizes, since the large ones dominate. A group of one cluster has variance 0 and no degree
    of freedom.
    """
    residual, items = np.asarray(residual, float), np.asarray(items, float)
    total = np.bincount(owner, items, groups)
    with np.errstate(divide="ignore", invalid="ignore"):
        left = 1.0 - items / total[owner]
        alone = left < 1e-12
        left = np.where(alone, 1.0, left)
        variance = np.bincount(owner, np.where(alone, 0.0, residual**2 / left), groups) / total**2
        leverage = items**2 / (total[owner] * left)
        crossed = np.bincount(owner, leverage, groups) ** 2 - np.bincount(owner, leverage**2, groups)
        freedom = total**2 / (np.bincount(owner, items**2, groups) + crossed)
    single = np.bincount(owner, minlength=groups) < 2
    return np.where(single, 0.0, variance), np.where(single, 0.0, freedom)


def effective_size(spread: ArrayLike, variance: ArrayLike, freedom: ArrayLike, samples: ArrayLike) -> Array:
    """Number of independent trials whose mean would have the estimated variance.

    spread: variance of one trial, share (1 - share) for an accuracy; variance, freedom: estimated variance of the
    mean of all `samples` trials, and its degrees of freedom, from `clustered_variance`. The size is spread / variance
    (Korn and Graubard 1998), shrunk by (z / t)² because the variance is itself an estimate (Dean and Pagano 2015), and
    at most `samples`. If every cluster is one trial, nothing is estimated and the size is `samples`. If nothing varies,
    or there is only one cluster, no estimate is possible and the size is the number of clusters, freedom + 1.
    """
    spread, variance = np.asarray(spread, float), np.asarray(variance, float)
    freedom, samples = np.asarray(freedom, float), np.asarray(samples, float)
    clusters = np.minimum(freedom + 1.0, samples)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(variance > 0, spread / variance, np.inf)
    size = np.minimum(size * (ndtri(0.975) / stdtrit(np.maximum(freedom, 1), 0.975)) ** 2, samples)
    size = np.where((spread <= 0) | (freedom < 0.5), clusters, size)
    return np.where(clusters >= samples * (1 - 1e-9), samples, size)
