"""Intruders: leading directions of the trained matrix that the base does not have, on either side.

Intruder dimensions are defined on left singular vectors (arXiv 2410.21228): of a linear layer's weight (out x in), the
output side. A vector counts if its largest |cosine| to all the base's singular vectors of the same side is below a
threshold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .ranks import numerical_rank
from .spectral_family import Spectra, Spectral, subspace_size

if TYPE_CHECKING:
    from .matrix import Array

# Share of random directions that count as intruders at the threshold.
_CONFIDENCE = 0.99
# Vectors of smaller singular values, as a share of the largest, are not resolved by the eigenvectors of AᵀA.
_RESOLVED = 1e-6


def intruder_threshold(directions: int, dimension: int) -> float:
    """The 99 % quantile of a random direction's largest |cosine| to orthonormal ones.

    One squared cosine follows Beta(1/2, (n-1)/2) in n dimensions; those to several directions are nearly independent.
    """
    from scipy.special import betaincinv

    if dimension == 1:
        return 1.0
    return float(np.sqrt(betaincinv(0.5, (dimension - 1) / 2, _CONFIDENCE ** (1.0 / directions))))


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    sides = {
        "short": (intruder_threshold(spectra.columns, spectra.columns), _nearest_of_short_side),
        "long": (intruder_threshold(spectra.columns, spectra.rows), _nearest_of_long_side),
    }
    left, right = ("short", "long") if spectra.base.matrix.transposed else ("long", "short")
    k = min(subspace_size(spectra.columns), numerical_rank(spectra.tensor.values, spectra.rows))
    measures: dict[str, float | bool | None] = {}
    for prefix, side in (("", left), ("right_", right)):
        threshold, nearest_of = sides[side]
        names = (f"{prefix}intruder_energy", f"{prefix}intruders", f"{prefix}intruder_threshold")
        if k == 0 or spectra.base.values[0] == 0.0:
            measures |= dict(zip(names, (None, None, threshold), strict=True))
            continue
        new = nearest_of(spectra, k, threshold) < threshold
        energy = (spectra.tensor.values[:k] / spectra.tensor.values[0]) ** 2
        measures |= dict(zip(names, (float(energy[new].sum() / energy.sum()), int(new.sum()), threshold), strict=True))
    return measures


def _nearest_of_short_side(spectra: Spectra, k: int, threshold: float) -> Array:
    """Largest |cosine| of each of the k leading vectors of the shorter side to all of the base's.

    At least right where it is below the threshold: nearly every vector is close to one of the base's leading ones, and
    the others are only computed if one is not.
    """
    from .decomposition import eigen_of

    vectors = spectra.tensor.right[:, :k]
    nearest: Array = np.abs(spectra.base.right.T @ vectors).max(axis=0)
    unsure = nearest < threshold
    if unsure.any() and spectra.base.right.shape[1] < spectra.columns:
        with eigen_of(spectra.base.matrix) as eigen:
            nearest[unsure] = np.abs(eigen.cosines(vectors[:, unsure])).max(axis=0)
    return nearest


def _nearest_of_long_side(spectra: Spectra, k: int, threshold: float) -> Array:
    """The same for the longer side, whose base vectors are A v / σ, from Aᵀ u of the k vectors u.

    Base vectors of singular values below 1e-6 of the largest are left out.
    """
    from .decomposition import eigen_of

    base = spectra.base
    left = spectra.tensor.left(k)
    images: Array = np.zeros((spectra.columns, k))
    for start, stop, block in base.matrix.blocks():
        images += block.T @ left(start, stop)
    values = base.values / base.matrix.scale
    resolved = values > _RESOLVED * values[0]
    some = int(resolved[: base.right.shape[1]].sum())
    nearest: Array = (np.abs(base.right[:, :some].T @ images) / values[:some, None]).max(axis=0)
    unsure = nearest < threshold
    if unsure.any() and some < int(resolved.sum()):
        with eigen_of(base.matrix) as eigen:
            # The eigenvectors come by ascending values.
            cosines = np.abs(eigen.cosines(images[:, unsure]))[::-1][resolved] / values[resolved, None]
        nearest[unsure] = cosines.max(axis=0)
    return nearest


def _measures(prefix: str, side: str, of_paper: str) -> tuple[Measure, ...]:
    """The three measures of one side."""
    return (
        Measure(
            name=f"{prefix}intruder_energy",
            meaning=f"Share of the K leading σ² in {side} singular vectors that W0 does not have{of_paper}",
            whole=whole.mean,
            version=2,
        ),
        Measure(
            name=f"{prefix}intruders",
            meaning=f"Number of such {side} singular vectors",
            dtype=pl.Int32,
            whole=whole.sum_of,
            version=2,
        ),
        Measure(
            name=f"{prefix}intruder_threshold",
            meaning=f"A {side} singular vector is new if its |cosine| to all those of W0 is below this",
            version=2,
        ),
    )


_MEASURES = (
    *_measures("", "left", " (the side of arXiv 2410.21228; the output side of a linear layer)"),
    *_measures("right_", "right", " (the input side)"),
)
INTRUDERS = Spectral("intruders", _MEASURES, _measure, order=100)
