"""The Brier score of stated confidences, and the parts that it adds up from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

EQUAL_BINS = 10
"""Number of bins of equal width for confidences that take any value."""

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class BrierParts:
    """The Brier score and its parts: score = reliability - resolution + uncertainty + variance - covariance.

    score: mean of (confidence - outcome)² (Brier 1950). reliability: mean over the bins of (mean confidence - share of
    right answers)². resolution: mean over the bins of (share of right answers - that of all)². uncertainty: variance of
    the outcome (Murphy 1973). variance, covariance: those of the confidences within the bins (Stephenson et al. 2008);
    without them the first three add up only if all confidences of a bin are equal. calibration_error: mean over the
    bins of |mean confidence - share of right answers|, weighted by their sizes. bins: number of bins that hold a value.
    All are NaN without values.
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float
    variance: float
    covariance: float
    calibration_error: float
    bins: int


def by_value(confidence: ArrayLike) -> NDArray[np.intp]:
    """The bin of each confidence if each distinct value is a bin: for shares of a few samples."""
    _, bin_of = np.unique(np.round(np.asarray(confidence, float), _DIGITS), return_inverse=True)
    return np.asarray(bin_of, np.intp).reshape(-1)


def by_width(confidence: ArrayLike, bins: int = EQUAL_BINS) -> NDArray[np.intp]:
    """The bin of each confidence among bins of equal width, closed below: [0, 0.1), [0.1, 0.2), ..., [0.9, 1]."""
    place = np.floor(np.asarray(confidence, float) * bins).astype(np.intp)
    return np.asarray(np.clip(place, 0, bins - 1), np.intp)


def brier_parts(confidence: ArrayLike, outcome: ArrayLike, bin_of: NDArray[np.intp]) -> BrierParts:
    """The Brier score and its parts.

    Args:
        confidence: Confidence in each answer, 0 to 1, shape (answers,).
        outcome: 1 for a right answer and 0 for a wrong one.
        bin_of: Number of the bin of each answer, from `by_value` or `by_width`.

    Returns:
        The parts, which add up to the score exactly.
    """
    confidence, outcome = np.asarray(confidence, float), np.asarray(outcome, float)
    if not len(confidence):
        nothing = float("nan")
        return BrierParts(nothing, nothing, nothing, nothing, nothing, nothing, nothing, 0)
    size = np.bincount(bin_of).astype(float)
    filled = np.maximum(size, 1.0)
    mean_confidence = np.bincount(bin_of, confidence) / filled
    mean_outcome = np.bincount(bin_of, outcome) / filled
    share = size / len(confidence)
    gap = mean_confidence - mean_outcome
    spread, missed = confidence - mean_confidence[bin_of], outcome - mean_outcome[bin_of]
    return BrierParts(
        score=float(np.mean((confidence - outcome) ** 2)),
        reliability=float(share @ gap**2),
        resolution=float(share @ (mean_outcome - outcome.mean()) ** 2),
        uncertainty=float(np.var(outcome)),
        variance=float(np.mean(spread**2)),
        covariance=float(2.0 * np.mean(spread * missed)),
        calibration_error=float(share @ np.abs(gap)),
        bins=int((size > 0).sum()),
    )
