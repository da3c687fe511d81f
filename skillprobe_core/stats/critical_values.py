"""Critical values of simultaneous confidence limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from .significance import SIGNIFICANCE

_DRAWS = 10_000
_BLOCK = 2_000
_SEED = 7
_DECIMALS = 9  # the last digits of a matrix product depend on the number of threads; a stored table must not


def simultaneous_critical(sums: NDArray[np.float64], level: float = 1 - SIGNIFICANCE) -> tuple[float, float]:
    """Normal critical values, two-sided and one-sided, that any of the columns exceeds with probability 1 - level.

    sums: (units, columns) as for `sign_flips`. Columns that share no unit are independent, which gives Šidák's (1967)
    values; otherwise the maximum is simulated with the columns' correlation (Gaussian multipliers: Chernozhukov,
    Chetverikov, Kato 2013). Unlike a quantile of the flips themselves they do not shrink when hardly any item changed.
    """
    columns = sums.shape[1]
    scale = np.sqrt((sums**2).sum(axis=0))
    standard = sums / np.where(scale > 0, scale, 1.0)
    standard = standard[np.any(standard != 0, axis=1)]
    correlation = standard.T @ standard
    np.fill_diagonal(correlation, 1.0)
    if np.abs(correlation - np.eye(columns)).max(initial=0.0) < 1e-12:
        each = level ** (1.0 / max(columns, 1))
        return float(ndtri(0.5 + each / 2)), float(ndtri(each))
    # Hundreds of checkpoints make thousands of columns of a few hundred units: one multiplier per unit is then cheaper
    # than a root of the correlation, and has the same distribution.
    by_unit = len(standard) < columns
    root = standard if by_unit else _root(correlation)
    still = np.flatnonzero(scale == 0) if by_unit else np.zeros(0, np.intp)
    rng = np.random.Generator(np.random.PCG64(_SEED))
    largest, furthest = [], []
    for _ in range(0, _DRAWS, _BLOCK):
        draws = rng.standard_normal((_BLOCK, len(root))) @ root
        draws[:, still] = rng.standard_normal((_BLOCK, len(still)))
        top, bottom = draws.max(axis=1), draws.min(axis=1)
        largest += [top, -bottom]  # the mirrored draw is equally likely
        furthest.append(np.maximum(top, -bottom))
    two_sided, one_sided = (np.quantile(np.concatenate(maxima), level) for maxima in (furthest, largest))
    return round(float(two_sided), _DECIMALS), round(float(one_sided), _DECIMALS)


def _root(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix R with RᵀR equal to the correlation."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))).T)
