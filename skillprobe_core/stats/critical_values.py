"""Critical values of simultaneous confidence limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array
from scipy.special import ndtri

from skillprobe_core.machine.processor import cores

from .significance import SIGNIFICANCE

Array = NDArray[np.float64]

_DRAWS = 10_000
_BLOCK = 2_000
_DRAWS_AT_A_TIME = 128
_CACHED = 256  # columns: their sums under so many draws stay in a processor's cache
_NUMBERS = 16_000_000
_COLUMNS = 64
_CORRELATED = 1e-12
_SEED = 7
_DECIMALS = 9  # the last digits of a matrix product depend on the number of threads; a stored table must not


def simultaneous_critical(sums: Array | csr_array, level: float = 1 - SIGNIFICANCE) -> tuple[float, float]:
    """Normal critical values, two-sided and one-sided, that any of the columns exceeds with probability 1 - level.

    sums: (units, columns) as for `sign_flips`. Columns that share no unit are independent, which gives Šidák's (1967)
    values; otherwise the maximum is simulated with the columns' correlation (Gaussian multipliers: Chernozhukov,
    Chetverikov, Kato 2013). Unlike a quantile of the flips themselves they do not shrink when hardly any item changed.
    """
    standard, scale = _standardised(sums)
    units, columns = standard.shape
    if _independent(standard):
        each = level ** (1.0 / max(columns, 1))
        return float(ndtri(0.5 + each / 2)), float(ndtri(each))
    rng = np.random.Generator(np.random.PCG64(_SEED))
    # Hundreds of checkpoints make thousands of columns of a few hundred units: one multiplier per unit is then cheaper
    # than a root of the correlation, and has the same distribution.
    maxima = _maxima_by_unit(standard, scale, rng) if units < columns else _maxima_by_root(standard.toarray(), rng)
    two_sided, one_sided = (np.quantile(each, level) for each in maxima)
    return round(float(two_sided), _DECIMALS), round(float(one_sided), _DECIMALS)


def _standardised(sums: Array | csr_array) -> tuple[csr_array, Array]:
    """The units that changed, with columns of length 1, and the columns' lengths."""
    changed = csr_array(sums, copy=True)
    changed.eliminate_zeros()
    changed = changed[np.flatnonzero(np.diff(changed.indptr))]
    scale = np.sqrt(changed.power(2).sum(axis=0))
    changed.data /= scale[changed.indices]
    return changed, scale


def _independent(standard: csr_array) -> bool:
    """True if no two columns are correlated.

    Looks at some columns at a time and ends at the first correlation: the matrix of thousands of checkpoints is larger
    than memory.
    """
    by_column = csc_array(standard)
    for start in range(0, standard.shape[1], _COLUMNS):
        found = (by_column[:, start : start + _COLUMNS].T @ by_column).tocoo()
        other = found.coords[0] + start != found.coords[1]
        if np.abs(found.data[other]).max(initial=0.0) >= _CORRELATED:
            return False
    return True


def _maxima_by_unit(standard: csr_array, scale: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The two-sided and the one-sided maximum over the columns of every draw, from one multiplier per unit."""
    units, columns = standard.shape
    by_column, still = csr_array(standard.T)[scale > 0], np.count_nonzero(scale == 0)
    blocks = [by_column[start : start + _CACHED] for start in range(0, by_column.shape[0], _CACHED)]
    at_a_time = max(1, min(_DRAWS_AT_A_TIME, _NUMBERS // columns))
    largest, furthest = [], []
    with ThreadPoolExecutor(cores()) as pool:
        for _ in range(0, _DRAWS, _BLOCK):
            draws = np.array_split(rng.standard_normal((_BLOCK, units)), range(at_a_time, _BLOCK, at_a_time))
            moving = pool.map(partial(_extremes, blocks), draws)
            # A column without a change depends on no unit: its draws are normal numbers of its own.
            others = [_extremes_of(rng.standard_normal((len(some), still)).T) for some in draws]
            pairs = zip(moving, others, strict=True)
            bottom, top = np.hstack([(np.minimum(a[0], b[0]), np.maximum(a[1], b[1])) for a, b in pairs])
            largest += [top, -bottom]  # the mirrored draw is equally likely
            furthest.append(np.maximum(top, -bottom))
    return np.concatenate(furthest), np.concatenate(largest)


def _extremes(by_column: list[csr_array], multipliers: Array) -> tuple[Array, Array]:
    """The least and the largest sum of every draw, over blocks of columns that a processor's cache holds."""
    by_unit = np.ascontiguousarray(multipliers.T)
    found = [_extremes_of(block @ by_unit) for block in by_column]
    return np.min([low for low, _ in found], axis=0), np.max([high for _, high in found], axis=0)


def _extremes_of(draws: Array) -> tuple[Array, Array]:
    """The least and the largest of every column; infinite where there are no rows."""
    return draws.min(axis=0, initial=np.inf), draws.max(axis=0, initial=-np.inf)


def _maxima_by_root(standard: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The same from a root of the columns' correlation."""
    correlation = standard.T @ standard
    np.fill_diagonal(correlation, 1.0)
    root = _root(correlation)
    largest, furthest = [], []
    for _ in range(0, _DRAWS, _BLOCK):
        draws = rng.standard_normal((_BLOCK, len(root))) @ root
        top, bottom = draws.max(axis=1), draws.min(axis=1)
        largest += [top, -bottom]
        furthest.append(np.maximum(top, -bottom))
    return np.concatenate(furthest), np.concatenate(largest)


def _root(correlation: Array) -> Array:
    """A matrix R with RᵀR equal to the correlation."""
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))).T)
