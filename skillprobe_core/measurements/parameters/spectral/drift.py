"""Change of the singular values."""

from __future__ import annotations

import numpy as np
import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .spectral_family import Spectra, Spectral


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    w0, w, d = spectra.base.values, spectra.tensor.values, spectra.delta.values
    largest = float(w0[0])
    # Scaled first, so that squares of tiny values do not underflow.
    drift = np.linalg.norm((w - w0) / largest) / np.linalg.norm(w0 / largest) if largest else None
    return {
        "base_spectral_norm": largest,
        "spectral_norm": float(w[0]),
        "delta_spectral_norm": float(d[0]),
        "relative_spectral_norm": float(d[0]) / largest if largest else None,
        "spectral_drift": None if drift is None else float(drift),
    }


def _relative(_: str) -> pl.Expr:
    return whole.quotient(whole.largest("delta_spectral_norm"), whole.largest("base_spectral_norm"))


def _drift(name: str) -> pl.Expr:
    """sqrt(Σ‖σ - σ0‖²) / sqrt(Σ‖σ0‖²) over the matrices."""
    moved = ((pl.col(name) * pl.col("base_norm")) ** 2).sum().sqrt()
    matrices = pl.col(name).is_not_null()
    return whole.quotient(moved, (pl.col("base_norm").filter(matrices) ** 2).sum().sqrt())


_MEASURES = (
    Measure(
        name="base_spectral_norm",
        meaning="Largest singular value of W0 (this and all further columns: matrices only)",
        whole=whole.largest,
    ),
    Measure(name="spectral_norm", meaning="Largest singular value of W", whole=whole.largest),
    Measure(name="delta_spectral_norm", meaning="Largest singular value of D", whole=whole.largest),
    Measure(name="relative_spectral_norm", meaning="‖D‖₂ / ‖W0‖₂", whole=_relative),
    Measure(
        name="spectral_drift",
        meaning="‖σ(W) - σ(W0)‖₂ / ‖σ(W0)‖₂ (normalised spectral shift)",
        whole=_drift,
        study="spectral drift",
        headline=True,
        shown=True,
    ),
)
DRIFT = Spectral("drift", _MEASURES, _measure, order=70)
