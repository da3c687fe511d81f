"""Three definitions of the rank of a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .spectral_family import Spectra, Spectral

if TYPE_CHECKING:
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


def _share(_: str) -> pl.Expr:
    smaller = whole.SMALLER_SIDE.filter(pl.col("delta_rank").is_not_null()).sum()
    return whole.quotient(whole.sum_of("delta_rank"), smaller)


_UNCHANGED = "nothing changed"
_MEASURES = (
    Measure(name="base_stable_rank", meaning="‖W0‖_F² / ‖W0‖₂²", whole=whole.mean),
    Measure(name="stable_rank", meaning="‖W‖_F² / ‖W‖₂²", whole=whole.mean),
    Measure(
        name="delta_stable_rank",
        meaning="‖D‖_F² / ‖D‖₂²; null if nothing changed",
        whole=whole.mean,
        may_be_null=_UNCHANGED,
    ),
    Measure(name="base_effective_rank", meaning="exp(entropy of σ / Σσ) of W0", whole=whole.mean),
    Measure(name="effective_rank", meaning="exp(entropy of σ / Σσ) of W", whole=whole.mean),
    Measure(
        name="delta_effective_rank",
        meaning="exp(entropy of σ / Σσ) of D; null if nothing changed",
        whole=whole.mean,
        may_be_null=_UNCHANGED,
    ),
    Measure(
        name="base_rank",
        meaning="Singular values of W0 above σ_max · longer side · 2^-23 (float32's matrix_rank)",
        dtype=pl.Int32,
        whole=whole.sum_of,
    ),
    Measure(name="rank", meaning="The same for W", dtype=pl.Int32, whole=whole.sum_of),
    Measure(name="delta_rank", meaning="The same for D", dtype=pl.Int32, whole=whole.sum_of),
    Measure(
        name="delta_rank_share",
        meaning="delta_rank / the smaller side of the matrix",
        whole=_share,
        shown=True,
    ),
)
RANKS = Spectral("ranks", _MEASURES, _measure, order=80)
