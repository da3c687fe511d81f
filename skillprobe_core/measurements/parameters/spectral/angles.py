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


def leading_angle(first: tuple[Rows, Array], second: tuple[Rows, Array], values: Array, n: int) -> float:
    """The angle, in degrees, between U0 Σ0 V0ᵀ and U Σ0 Vᵀ as vectors: 0 to 180.

    Each side gives the rows of its left vectors (n x k) and its right vectors (columns x k); values are the k of Σ0.
    It also sees a rotation within the two subspaces, to which principal angles are blind. A pair of vectors may change
    its sign, and pairs of equal values may be turned among themselves, since neither changes U Σ0 Vᵀ. Computed from the
    length of the difference, since an arc cosine gives zero for angles below 1e-6 degrees.
    """
    from .matrix import slices

    (left0, right0), (left, right) = first, second
    scaled = values / values[0]
    inner = right0.T @ right
    # U0 Σ0 V0ᵀ - U Σ0 Vᵀ = (U0 Σ0 - U Σ0 innerᵀ) V0ᵀ - U Σ0 (V - V0 inner)ᵀ, two parts with orthogonal rows.
    squares = float(np.sum(((right - right0 @ inner) * scaled) ** 2))
    for place in slices(n, len(values)):
        squares += float(np.sum((left0(*place) * scaled - (left(*place) * scaled) @ inner.T) ** 2))
    half = np.sqrt(squares) / (2.0 * np.linalg.norm(scaled))
    return float(np.degrees(2.0 * np.arcsin(min(half, 1.0))))


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    ranks = (numerical_rank(side.values, spectra.rows) for side in (spectra.base, spectra.tensor))
    k = min(subspace_size(spectra.columns), *ranks)
    names = [*(f"{side}_angle_{kind}" for side in ("left", "right") for kind in ("max", "mean")), "leading_angle"]
    if k == 0:
        return {"subspace_size": None, **dict.fromkeys(names)}
    if spectra.delta.values[0] == 0.0:
        return {"subspace_size": k, **dict.fromkeys(names, 0.0)}
    base, tensor = ((side.left(k), side.right[:, :k]) for side in (spectra.base, spectra.tensor))
    long = angles_by_rows(base[0], tensor[0], spectra.rows, k)
    short = principal_angles(base[1], tensor[1])
    left, right = (short, long) if spectra.base.matrix.transposed else (long, short)
    values = [float(of) for angles in (left, right) for of in (angles.max(), angles.mean())]
    values.append(leading_angle(base, tensor, spectra.base.values[:k], spectra.rows))
    return {"subspace_size": k, **dict(zip(names, values, strict=True))}


_MEASURES = (
    Measure(
        name="subspace_size",
        meaning="K, the number of leading directions compared: a quarter of all, at most 32",
        dtype=pl.Int32,
    ),
    Measure(
        name="left_angle_max",
        meaning="Largest principal angle of the K leading left singular vectors (the output side of a linear layer); "
        "arXiv 2511.08567 measures both sides",
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
        meaning="Largest principal angle of the right singular vectors (the input side)",
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
    Measure(
        name="leading_angle",
        meaning="Angle between U0 Σ0 V0ᵀ and U Σ0 Vᵀ of the K leading directions, 0 to 180; it also sees a rotation "
        "within the subspaces, to which principal angles are blind, but no change of sign and none among equal values",
        unit="degrees",
        whole=whole.mean,
    ),
)
ANGLES = Spectral("angles", _MEASURES, _measure, order=90)
