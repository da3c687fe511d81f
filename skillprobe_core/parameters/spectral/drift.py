"""How far the singular values moved."""

from __future__ import annotations

import numpy as np

from .family import Spectra, Spectral


def _measure(spectra: Spectra) -> dict[str, float | None]:
    base, tensor, delta = (float(values[0]) for values in (spectra.base, spectra.tensor, spectra.delta))
    # Scaled first, so that squares of tiny values do not vanish.
    drift = np.linalg.norm((spectra.tensor - spectra.base) / base) if base else 0.0
    return {
        "base_spectral_norm": base,
        "spectral_norm": tensor,
        "delta_spectral_norm": delta,
        "relative_spectral_norm": delta / base if base else None,
        "spectral_drift": float(drift / np.linalg.norm(spectra.base / base)) if base else None,
    }


DRIFT = Spectral("drift", _measure)
