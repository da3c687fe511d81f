"""Rotation of the leading singular subspaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .ranks import numerical_rank
from .spectral_family import Spectra, Spectral, subspace_size

if TYPE_CHECKING:
    from .matrix import Array, Rows


def principal_angles(first: Array, second: Array) -> Array:
    """The principal angles between the spans of two orthonormal bases (n x k), ascending, in degrees.

    Computed from cosines and sines: an arc cosine alone gives zero for angles below 1e-6 degrees (Björck and
    Golub, 'Numerical methods for computing angles between linear subspaces', 1973).
    """
    return angles_by_rows(lambda *place: first[slice(*place)], lambda *place: second[slice(*place)], *first.shape)


def angles_by_rows(first: Rows, second: Rows, n: int, k: int) -> Array:
    """The principal angles for bases whose rows are given block by block."""
    from .matrix import slices, stacked_factor

    places = list(slices(n, k))
    inner = np.zeros((k, k))
    for place in places:
        inner += first(*place).T @ second(*place)
    cosines = np.linalg.svd(inner, compute_uv=False)
    outside = stacked_factor(second(*place) - first(*place) @ inner for place in places)
    sines = np.linalg.svd(outside, compute_uv=False)[::-1]
    return np.asarray(np.degrees(np.arctan2(sines, cosines)))


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    ranks = (numerical_rank(side.values, spectra.rows) for side in (spectra.base, spectra.tensor))
    k = min(subspace_size(spectra.columns), *ranks)
    names = [f"{side}_angle_{kind}" for side in ("left", "right") for kind in ("max", "mean")]
    if k == 0:
        return {"subspace_size": None, **dict.fromkeys(names)}
    if spectra.delta.values[0] == 0.0:
        return {"subspace_size": k, **dict.fromkeys(names, 0.0)}
    long = angles_by_rows(spectra.base.left(k), spectra.tensor.left(k), spectra.rows, k)
    short = principal_angles(spectra.base.right[:, :k], spectra.tensor.right[:, :k])
    left, right = (short, long) if spectra.base.matrix.transposed else (long, short)
    values = [float(of) for angles in (left, right) for of in (angles.max(), angles.mean())]
    return {"subspace_size": k, **dict(zip(names, values, strict=True))}


_MEASURES = (
    Measure(
        name="subspace_size",
        meaning="K, the number of leading directions compared: a quarter of all, at most 32",
        dtype=pl.Int32,
    ),
    Measure(
        name="left_angle_max",
        meaning="Largest principal angle of the K leading left singular vectors",
        unit="degrees",
        whole=whole.largest,
    ),
    Measure(
        name="left_angle_mean",
        meaning="Mean of those K angles",
        unit="degrees",
        whole=whole.mean,
        study="left principal angles (degrees)",
        shown=True,
    ),
    Measure(
        name="right_angle_max",
        meaning="Largest principal angle of the right singular vectors",
        unit="degrees",
        whole=whole.largest,
    ),
    Measure(
        name="right_angle_mean",
        meaning="Mean of those K angles",
        unit="degrees",
        whole=whole.mean,
        study="right principal angles (degrees)",
        shown=True,
    ),
)
ANGLES = Spectral("angles", _MEASURES, _measure, order=90)
