"""How many directions a matrix has, counted in three ways."""

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
    """Singular values above `matrix_rank`'s tolerance for a float32 matrix: σ_max · rows · 2⁻²³."""
    return int((values > values[0] * rows * _EPSILON).sum())


def _measure(spectra: Spectra) -> dict[str, float | None]:
    rank = numerical_rank(spectra.delta, spectra.rows)
    return {
        "base_stable_rank": stable_rank(spectra.base),
        "stable_rank": stable_rank(spectra.tensor),
        "delta_stable_rank": stable_rank(spectra.delta),
        "base_effective_rank": effective_rank(spectra.base),
        "effective_rank": effective_rank(spectra.tensor),
        "delta_effective_rank": effective_rank(spectra.delta),
        "delta_rank": rank,
        "delta_rank_share": rank / spectra.columns,
    }


RANKS = Spectral("ranks", _measure)
