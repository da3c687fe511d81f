"""Wilson's interval for an accuracy, whatever was drawn together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

Array = NDArray[np.float64]


def wilson_interval(share: ArrayLike, n: ArrayLike, level: float = 0.95) -> tuple[Array, Array]:
    """Both ends of the score interval of Wilson (1927) for a share of `n` independent trials.

    `n` need not be whole: `effective_size` gives it for trials that are not independent. Ends lie in 0 to 1, and
    are 0 and 1 themselves where n is 0.
    """
    share, n = np.asarray(share, float), np.asarray(n, float)
    z2 = float(ndtri(0.5 + level / 2)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (share * n + z2 / 2) / (n + z2)
        half = np.sqrt(z2 * (n * share * (1 - share) + z2 / 4)) / (n + z2)
    low = np.where(share <= 0, 0.0, np.clip(centre - half, 0, 1))
    high = np.where(share >= 1, 1.0, np.clip(centre + half, 0, 1))
    return np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)


def effective_size(spread: ArrayLike, variance: ArrayLike, units: ArrayLike, samples: ArrayLike) -> Array:
    """Number of independent trials whose mean would have the variance found.

    spread: variance of one trial, share (1 - share) for an accuracy; variance: estimated variance of the mean over
    `units` independent units that hold `samples` trials in all. The size is spread / variance (Korn and
    Graubard 1998), shrunk by (z / t)² with units - 1 degrees of freedom because the variance is itself an estimate
    (Dean and Pagano 2015), and at most `samples`. Where every unit is one trial nothing is estimated and the size is
    `samples`; where nothing varies there is nothing to estimate from, and it is the number of units.
    """
    spread, variance = np.asarray(spread, float), np.asarray(variance, float)
    units, samples = np.asarray(units, float), np.asarray(samples, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(variance > 0, spread / variance, np.inf)
    size = np.minimum(size * (ndtri(0.975) / stdtrit(np.maximum(units - 1, 1), 0.975)) ** 2, samples)
    size = np.where(spread <= 0, units, size)
    return np.where(units >= samples, samples, size)
