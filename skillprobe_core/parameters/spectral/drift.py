"""Change of the singular values."""

from __future__ import annotations

import numpy as np

from .family import Spectra, Spectral


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


DRIFT = Spectral("drift", _measure)
