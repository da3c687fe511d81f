"""The exponent of the power law that the largest eigenvalues of WᵀW seem to follow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from .family import Spectra, Spectral
from .matrix import Array

# WeightWatcher's: eigenvalues up to this are left out, and with fewer than these it fits in another way.
_SMALLEST_EIGENVALUE = 1e-5
_FEWEST = 20
# Stephens' critical value at 5 % for an exponential distribution of estimated mean ('EDF statistics for goodness
# of fit', 1974): log(λ / λ_min) is exponential where λ has a power-law tail.
_CRITICAL = 1.094
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class TailFit:
    """A power law fitted to eigenvalues from `smallest` up: exponent, Kolmogorov-Smirnov distance, and their number."""

    alpha: float
    smallest: float
    distance: float
    count: int

    @property
    def fits(self) -> bool:
        """Whether the distance is one that a true power law would show (5 % level; the search for the tail's start
        makes the test lenient, so a refusal is sure and an acceptance is not)."""
        root = float(np.sqrt(self.count))
        return (self.distance - 0.2 / self.count) * (root + 0.26 + 0.5 / root) <= _CRITICAL


def fit_tail(eigenvalues: Array) -> TailFit | None:
    """Clauset, Shalizi and Newman's fit (SIAM Review 51, 2009) of a continuous power law, as WeightWatcher does it.

    For every eigenvalue as the start of the tail, alpha = 1 + n / Σ log(λ / λ_min); the start with the smallest
    Kolmogorov-Smirnov distance wins. Returns None for fewer than 20 eigenvalues above 1e-5.
    """
    data = np.sort(eigenvalues)
    data = data[data > _SMALLEST_EIGENVALUE]
    total = len(data)
    if total < _FEWEST:
        return None
    logs = np.log(data)
    counts = total - np.arange(total - 1, dtype=np.float64)
    sums = np.cumsum(logs[::-1])[::-1][:-1] - counts * logs[:-1]
    # A tail of equal eigenvalues has no exponent.
    alphas = 1.0 + counts / np.where(sums > 0.0, sums, np.nan)
    distances = np.ones(total - 1)
    step = max(1, _CHUNK // total)
    for start in range(0, total - 1, step):
        stop = min(start + step, total - 1)
        chunk = slice(start, stop)
        excess = np.maximum(logs[None, start:] - logs[chunk, None], 0.0)
        place = np.arange(start, total)[None, :] - np.arange(start, stop)[:, None]
        fitted = -np.expm1(-(alphas[chunk, None] - 1.0) * excess)
        gaps = np.abs(fitted - place / counts[chunk, None])
        gaps[place < 0] = -1.0
        distances[chunk] = gaps.max(axis=1)
    distances[np.isnan(distances)] = 1.0
    best = int(np.argmin(distances))
    if distances[best] == 1.0:
        return None
    return TailFit(float(alphas[best]), float(data[best]), float(distances[best]), total - best)


@lru_cache(maxsize=256)
def null_alpha(rows: int, columns: int) -> float | None:
    """The exponent that the same fit finds in pure noise: a Gaussian matrix of the shape, by the Marchenko-Pastur law.

    Its eigenvalues are taken at the law's quantiles (i - 1/2) / columns, scaled so that all of them count.
    """
    ratio = columns / rows
    low, high = (1.0 - np.sqrt(ratio)) ** 2, (1.0 + np.sqrt(ratio)) ** 2
    # Midpoints in an angle that takes the square-root ends of the density away.
    angles = (np.arange(20_000) + 0.5) * (np.pi / 20_000)
    points = (low + high) / 2 - (high - low) / 2 * np.cos(angles)
    mass = np.cumsum(np.sin(angles) ** 2 / points)
    quantiles = np.interp((np.arange(columns) + 0.5) / columns, mass / mass[-1], points)
    fit = fit_tail(quantiles * 1e6)
    return None if fit is None else fit.alpha


def _measure(spectra: Spectra) -> dict[str, float | bool | None]:
    base, tensor = (fit_tail(side.values**2) for side in (spectra.base, spectra.tensor))
    return {
        "base_alpha": base.alpha if base else None,
        "alpha": tensor.alpha if tensor else None,
        "alpha_distance": tensor.distance if tensor else None,
        "alpha_tail": tensor.count if tensor else None,
        "alpha_fits": tensor.fits if tensor else None,
        "alpha_null": null_alpha(spectra.rows, spectra.columns),
    }


TAIL = Spectral("tail", _measure)
