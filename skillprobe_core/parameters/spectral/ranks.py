"""Three definitions of the rank of a matrix."""

from __future__ import annotations

import numpy as np

from .family import Spectra, Spectral
from .matrix import Array

_EPSILON = float(np.finfo(np.float32).eps)


def stable_rank(values: Array) -> float | None:
    """‖A‖_F² / ‖A‖₂²; None for a zero matrix."""
    if values[0] == 0.0:
        return None
    scaled = values / values[0]
    return float(scaled @ scaled)


def effective_rank(values: Array) -> float | None:
    """exp(H(σ / Σσ)), H the entropy (Roy and Vetterli, 2007); None for a zero matrix."""
    if values[0] == 0.0:
        return None
    shares = values / values.sum()
    shares = shares[shares > 0.0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def numerical_rank(values: Array, rows: int) -> int:
    """Number of singular values above `matrix_rank`'s tolerance for a float32 matrix: σ_max · rows · 2⁻²³."""
    return int((values > values[0] * rows * _EPSILON).sum())


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    measures: dict[str, float | bool | None] = {}
    for prefix, values in (
        ("base_", spectra.base.values),
        ("", spectra.tensor.values),
        ("delta_", spectra.delta.values),
    ):
        measures[f"{prefix}stable_rank"] = stable_rank(values)
        measures[f"{prefix}effective_rank"] = effective_rank(values)
        measures[f"{prefix}rank"] = numerical_rank(values, spectra.rows)
    measures["delta_rank_share"] = numerical_rank(spectra.delta.values, spectra.rows) / spectra.columns
    return measures


RANKS = Spectral("ranks", _measure)
