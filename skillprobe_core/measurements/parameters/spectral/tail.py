"""The exponent of a power law fitted to the largest eigenvalues of WᵀW."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .spectral_family import Spectra, Spectral

if TYPE_CHECKING:
    from .matrix import Array

# As in WeightWatcher: eigenvalues up to this are left out, and with fewer than this many it uses another fit.
_SMALLEST_EIGENVALUE = 1e-5
_FEWEST = 20
# Stephens' critical value at 5 % for an exponential distribution with estimated mean ('EDF statistics for goodness
# of fit', 1974): log(λ / λ_min) is exponential if λ has a power-law tail.
_CRITICAL = 1.094
_PROBES = 24  # points of a tail that bound its distance


@dataclass(frozen=True, slots=True)
class TailFit:
    """A power law fitted to eigenvalues from `smallest` up: exponent, Kolmogorov-Smirnov distance, and their number."""

    alpha: float
    smallest: float
    distance: float
    count: int

    @property
    def fits(self) -> bool:
        """True if the distance is compatible with a true power law at the 5 % level.

        The search for the tail's start makes the test lenient: a rejection is reliable, an acceptance is not.
        """
        root = float(np.sqrt(self.count))
        return (self.distance - 0.2 / self.count) * (root + 0.26 + 0.5 / root) <= _CRITICAL


def fit_tail(eigenvalues: Array) -> TailFit | None:
    """Clauset, Shalizi and Newman's fit (SIAM Review 51, 2009) of a continuous power law, as in WeightWatcher.

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
    # A distance is a maximum over points, so a few points bound it from below. Only starts whose bound does not exceed
    # the best distance so far need all of their points.
    bounds = _bounds(logs, alphas, counts)
    best, nearest = -1, 1.0
    for start in np.argsort(bounds, kind="stable").tolist():
        if bounds[start] > nearest:
            break
        fitted = -np.expm1(-(alphas[start] - 1.0) * (logs[start:] - logs[start]))
        distance = float(np.abs(fitted - np.arange(total - start) / counts[start]).max())
        if distance < nearest or (distance == nearest and start < best):
            best, nearest = start, distance
    if best < 0:
        return None
    return TailFit(float(alphas[best]), float(data[best]), nearest, total - best)


def _bounds(logs: Array, alphas: Array, counts: Array) -> Array:
    """A lower bound of each start's distance, from points evenly spread over its tail; 1 without an exponent."""
    starts = np.arange(len(alphas))
    shares = (np.arange(_PROBES) + 0.5) / _PROBES
    places = (shares[None, :] * counts[:, None]).astype(np.int64)
    fitted = -np.expm1(-(alphas[:, None] - 1.0) * (logs[starts[:, None] + places] - logs[:-1, None]))
    bounds = np.abs(fitted - places / counts[:, None]).max(axis=1)
    # Rounding may differ from that of the full pass in the last digit.
    return np.asarray(np.where(np.isnan(bounds), 1.0, bounds - 1e-12))


@lru_cache(maxsize=256)
def null_alpha(rows: int, columns: int) -> float | None:
    """The exponent that the same fit gives for pure noise: a Gaussian matrix of the shape, by the Marchenko-Pastur law.

    Its eigenvalues are the law's quantiles (i - 1/2) / columns, scaled so that all of them are above the fit's cut-off.
    """
    ratio = columns / rows
    low, high = (1.0 - np.sqrt(ratio)) ** 2, (1.0 + np.sqrt(ratio)) ** 2
    # Midpoints in an angle that removes the square-root ends of the density.
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


_FEW = "no matrix has 20 eigenvalues"
_MEASURES = (
    Measure(
        name="base_alpha",
        meaning="Power-law exponent of the largest eigenvalues of W0ᵀW0",
        may_be_null=_FEW,
        whole=whole.mean,
    ),
    Measure(
        name="alpha",
        meaning="The same for WᵀW (WeightWatcher's alpha); null below 20 eigenvalues",
        may_be_null=_FEW,
        whole=whole.mean,
        shown=True,
    ),
    Measure(
        name="alpha_distance",
        meaning="Kolmogorov-Smirnov distance of that fit",
        may_be_null=_FEW,
        whole=whole.mean,
    ),
    Measure(
        name="alpha_tail",
        meaning="Number of eigenvalues in the fitted tail",
        unit="eigenvalues",
        dtype=pl.Int32,
        may_be_null=_FEW,
    ),
    Measure(
        name="alpha_fits",
        meaning="True if the fit is as close as for a true power law (5 % level)",
        dtype=pl.Boolean,
        may_be_null=_FEW,
        whole=whole.mean,
    ),
    Measure(
        name="alpha_null",
        meaning="The exponent that the same fit gives for pure noise of the same shape",
        may_be_null=_FEW,
        whole=whole.mean,
    ),
)
TAIL = Spectral("tail", _MEASURES, _measure, order=120)
