"""Intruders: leading directions of the trained matrix that the base does not have."""

from __future__ import annotations

import numpy as np
import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .ranks import numerical_rank
from .spectral_family import Spectra, Spectral, subspace_size

# Share of random directions that count as intruders at the threshold.
_CONFIDENCE = 0.99


def intruder_threshold(columns: int) -> float:
    """The 99 % quantile of a random direction's largest |cosine| to `columns` orthonormal ones.

    One squared cosine follows Beta(1/2, (n-1)/2); the n of them are nearly independent.
    """
    from scipy.special import betaincinv

    if columns == 1:
        return 1.0
    return float(np.sqrt(betaincinv(0.5, (columns - 1) / 2, _CONFIDENCE ** (1.0 / columns))))


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    from .decomposition import eigen_of

    threshold = intruder_threshold(spectra.columns)
    k = min(subspace_size(spectra.columns), numerical_rank(spectra.tensor.values, spectra.rows))
    if k == 0 or spectra.base.values[0] == 0.0:
        return {"intruder_energy": None, "intruders": None, "intruder_threshold": threshold}
    right = spectra.tensor.right[:, :k]
    nearest = np.abs(spectra.base.right.T @ right).max(axis=0)
    unsure = nearest < threshold
    if unsure.any() and spectra.base.right.shape[1] < spectra.columns:
        # Rare: nearly every direction is close to one of the base's leading ones. Only otherwise are all needed.
        with eigen_of(spectra.base.matrix) as eigen:
            nearest[unsure] = np.abs(eigen.cosines(right[:, unsure])).max(axis=0)
    energy = (spectra.tensor.values[:k] / spectra.tensor.values[0]) ** 2
    return {
        "intruder_energy": float(energy[nearest < threshold].sum() / energy.sum()),
        "intruders": int((nearest < threshold).sum()),
        "intruder_threshold": threshold,
    }


_MEASURES = (
    Measure(
        name="intruder_energy",
        meaning="Share of the K leading σ² in directions that W0 does not have",
        whole=whole.mean,
    ),
    Measure(name="intruders", meaning="Number of such directions", dtype=pl.Int32, whole=whole.sum_of),
    Measure(
        name="intruder_threshold",
        meaning="A direction is new if its |cosine| to all singular vectors of W0 is below this",
    ),
)
INTRUDERS = Spectral("intruders", _MEASURES, _measure, order=100)
