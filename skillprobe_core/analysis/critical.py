"""How far apart simultaneous limits must be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

_DRAWS = 40_000
_BLOCK = 2_000
_SEED = 7
_DECIMALS = 9


def simultaneous_critical(sums: NDArray[np.float64], *, two_sided: bool, level: float = 0.95) -> float:
    """Normal critical value that the largest of all columns' statistics passes with probability 1 - level.

    sums: (units, columns) as for `sign_flips`. Columns that share no unit are independent, which gives Šidák's (1967)
    value; otherwise the maximum is simulated with the columns' correlation (Gaussian multipliers: Chernozhukov,
    Chetverikov, Kato 2013). Unlike a quantile of the flips themselves it does not shrink where hardly any item moved.
    """
    columns = sums.shape[1]
    scale = np.sqrt((sums**2).sum(axis=0))
    standard = sums / np.where(scale > 0, scale, 1.0)
    correlation = standard.T @ standard
    np.fill_diagonal(correlation, 1.0)
    if np.abs(correlation - np.eye(columns)).max(initial=0.0) < 1e-12:
        each = level ** (1.0 / max(columns, 1))
        return float(ndtri(0.5 + each / 2 if two_sided else each))
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    rng = np.random.Generator(np.random.PCG64(_SEED))
    maxima = []
    for _ in range(0, _DRAWS, _BLOCK):
        draws = rng.standard_normal((_BLOCK, columns)) @ root.T
        maxima.append((np.abs(draws) if two_sided else draws).max(axis=1))
    return round(float(np.quantile(np.concatenate(maxima), level)), _DECIMALS)
