"""Overlap of the update with the weights that form the leading directions, and with the small weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.elementwise.block import RELATIVE_TOLERANCE
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .spectral_family import Spectra, Spectral, subspace_size

if TYPE_CHECKING:
    from .matrix import Array, Matrix

# Nominal density of both masks. The actual density is measured and is the baseline.
_DENSITY = 0.1
_SAMPLED_ELEMENTS = 1 << 14
_COUNTED = 1 << 16  # elements that are counted at once
_SAMPLED_PLACES = 16
_NAMES = ("principal_overlap", "principal_overlap_chance", "low_overlap", "low_overlap_chance")


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    """|M• ∩ M| / |M| for M the updated weights; by chance it equals the density of M• (arXiv 2511.08567).

    M• is the top tenth of |rank-k reconstruction of W0| (principal), or the bottom tenth of |W0| (low). The threshold
    of the tenth is estimated from rows at 16 places; baseline and overlap are exact for that threshold.
    """
    if spectra.delta.values[0] == 0.0 or spectra.base.values[0] == 0.0:
        return dict.fromkeys(_NAMES)
    base, tensor = spectra.base.matrix, spectra.tensor.matrix
    # In float32, since the reconstruction is only compared with a threshold.
    transposed = spectra.base.right[:, : subspace_size(spectra.columns)].T.astype(np.float32)
    images = spectra.base.images.astype(np.float32)
    places = _places(base)
    rows = np.vstack([base.read(start, stop).copy() for start, stop in places]) / base.scale
    sample = np.vstack([images[start:stop] for start, stop in places]) @ transposed
    high, low = _quantile(np.abs(sample), 1.0 - _DENSITY), _quantile(np.abs(rows), _DENSITY)
    counts = np.zeros(5)
    for start, stop, block in base.blocks():
        old, new = block, tensor.read(start, stop)
        if base.scale != 1.0:
            new = new / base.scale
        if base.transposed:  # in memory order, which does not matter for counting
            old, new, principal = old.T, new.T, transposed.T @ images[start:stop].T
        else:
            principal = images[start:stop] @ transposed
        counts += _counts(old, new, principal, high, low)
    updated_count, *others = counts.tolist()
    if not updated_count:
        return dict.fromkeys(_NAMES)
    elements = spectra.rows * spectra.columns
    divisors = (updated_count, elements, updated_count, elements)
    return {name: count / by for name, count, by in zip(_NAMES, others, divisors, strict=True)}


def _quantile(values: npt.NDArray[Any], share: float) -> float:
    place = round(share * (values.size - 1))
    return float(np.partition(values.ravel(), place)[place])


def _places(matrix: Matrix) -> list[tuple[int, int]]:
    """First row and last row (excluded) of each sampled place."""
    rows = max(1, _SAMPLED_ELEMENTS // (_SAMPLED_PLACES * matrix.columns))
    if rows * _SAMPLED_PLACES >= matrix.rows:
        return [(0, matrix.rows)]
    starts = np.linspace(0, matrix.rows - rows, _SAMPLED_PLACES).astype(int).tolist()
    return [(start, start + rows) for start in starts]


def _counts(base: Array, tensor: Array, principal: npt.NDArray[np.float32], high: float, low: float) -> Array:
    """`mask_counts` a few rows at a time, so that its intermediate results stay in the cache."""
    rows = max(1, _COUNTED // base.shape[1])
    blocks = [slice(start, start + rows) for start in range(0, len(base), rows)]
    counts = [mask_counts(base[block], tensor[block], principal[block], high, low) for block in blocks]
    return np.asarray(np.sum(counts, axis=0))


def mask_counts(base: Array, tensor: Array, principal: npt.NDArray[np.float32], high: float, low: float) -> Array:
    """Numbers of weights: updated, principal and updated, principal, low and updated, low.

    A weight is principal if |principal| >= high, and low if |base| <= low.
    """
    updated = np.abs(tensor - base) > RELATIVE_TOLERANCE * np.maximum(np.abs(tensor), np.abs(base))
    large, small = np.abs(principal) >= np.float32(high), np.abs(base) <= low
    masks = (updated, large & updated, large, small & updated, small)
    return np.asarray([float(np.count_nonzero(mask)) for mask in masks])


_UNCHANGED = "nothing changed"
_CHANCE = "The same for updates at random places"
_BY_UPDATED = whole.mean_by(whole.UPDATED)
_MEASURES = (
    Measure(
        name="principal_overlap",
        meaning="Share of updated weights in the largest tenth of W0's rank-K part",
        may_be_null=_UNCHANGED,
        whole=_BY_UPDATED,
    ),
    Measure(name="principal_overlap_chance", meaning=_CHANCE, may_be_null=_UNCHANGED, whole=_BY_UPDATED),
    Measure(
        name="low_overlap",
        meaning="Share of updated weights in the smallest tenth of |W0|",
        may_be_null=_UNCHANGED,
        whole=_BY_UPDATED,
    ),
    Measure(name="low_overlap_chance", meaning=_CHANCE, may_be_null=_UNCHANGED, whole=_BY_UPDATED),
)
MASKS = Spectral("masks", _MEASURES, _measure, order=110)
