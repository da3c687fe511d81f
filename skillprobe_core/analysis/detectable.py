"""The smallest drop that a test would have found: what 'no collapse' is worth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from skillprobe_core.analysis.change_interval import null_variance

Array = NDArray[np.float64]

_BISECTIONS = 40
POWER = 0.8


def detectable_drop(gain: ArrayLike, size: ArrayLike, critical: ArrayLike, margin: float = 0.0) -> Array:
    """Smallest drop in accuracy that is found with 80 % power; 1 where none is.

    gain: mean rise in the share of correct samples, taken to stay as it was while losses are added; size: effective
    number of independent items; critical: the value that the standardised change must pass, adjustment included;
    margin: the drop that must be exceeded (0: any change). The formula is Connor's (1987, Biometrics 43:207):
    sqrt(n) (δ - margin) = critical · σ₀ + z₀.₈ · σ₁, with σ₀ the deviation that the test assumes and σ₁ the true one.
    """
    gain, size, critical = np.broadcast_arrays(*(np.asarray(value, float) for value in (gain, size, critical)))
    low, high = np.full(gain.shape, margin), np.ones(gain.shape)
    for _ in range(_BISECTIONS):
        drop = (low + high) / 2
        loss = np.minimum(gain + drop, 1.0)
        true = np.maximum(gain + loss - drop**2, 0.0)
        assumed = gain + loss if margin == 0 else null_variance(gain, loss, np.full_like(drop, -margin))
        found = np.sqrt(size) * (drop - margin) >= critical * np.sqrt(assumed) + ndtri(POWER) * np.sqrt(true)
        low, high = np.where(found, low, drop), np.where(found, drop, high)
    return np.asarray(high, dtype=np.float64)
