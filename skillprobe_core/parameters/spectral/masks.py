"""Where in the matrix the update falls: on the weights that make up its leading directions, or on the small ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..elementwise.block import RELATIVE_TOLERANCE
from .family import Spectra, Spectral, subspace_size
from .matrix import Array, Matrix

# Nominal density of both masks. The density that came about is measured and is the baseline.
_DENSITY = 0.1
_SAMPLED_ELEMENTS = 1 << 16
_SAMPLED_PLACES = 16
_NAMES = ("principal_overlap", "principal_overlap_chance", "low_overlap", "low_overlap_chance")


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    """|M• ∩ M| / |M| for M the updated weights; by chance it equals the density of M• (arXiv 2511.08567).

    M• is the top tenth of |rank-k reconstruction of W0| (principal), or the bottom tenth of |W0| (low). Where exactly
    the tenth ends is estimated from rows at 16 places; baseline and overlap are exact for the threshold taken.
    """
    if spectra.delta.values[0] == 0.0 or spectra.base.values[0] == 0.0:
        return dict.fromkeys(_NAMES)
    base, tensor = spectra.base.matrix, spectra.tensor.matrix
    vectors = spectra.base.right[:, : subspace_size(spectra.columns)]
    rows = _sample(base)
    high = np.quantile(np.abs(rows @ vectors @ vectors.T), 1.0 - _DENSITY)
    low = np.quantile(np.abs(rows), _DENSITY)
    counts = np.zeros(5)
    for start, stop, scaled in base.blocks():
        old, new = scaled, tensor.read(start, stop) / base.scale
        updated = np.abs(new - old) > RELATIVE_TOLERANCE * np.maximum(np.abs(new), np.abs(old))
        masks = np.abs(old @ vectors @ vectors.T) >= high, np.abs(old) <= low
        counts += _counts(updated, *masks)
    updated_count, *others = counts.tolist()
    if not updated_count:
        return dict.fromkeys(_NAMES)
    elements = spectra.rows * spectra.columns
    divisors = (updated_count, elements, updated_count, elements)
    return {name: count / by for name, count, by in zip(_NAMES, others, divisors, strict=True)}


def _sample(matrix: Matrix) -> Array:
    rows = max(1, _SAMPLED_ELEMENTS // (_SAMPLED_PLACES * matrix.columns))
    if rows * _SAMPLED_PLACES >= matrix.rows:
        return matrix.read(0, matrix.rows) / matrix.scale
    starts = np.linspace(0, matrix.rows - rows, _SAMPLED_PLACES).astype(int).tolist()
    return np.vstack([matrix.read(start, start + rows) for start in starts]) / matrix.scale


def _counts(
    updated: npt.NDArray[np.bool_], principal: npt.NDArray[np.bool_], low: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    masks = (updated, principal & updated, principal, low & updated, low)
    return np.asarray([float(np.count_nonzero(mask)) for mask in masks])


MASKS = Spectral("masks", _measure)
