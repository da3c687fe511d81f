"""The probability that at least one of k samples is correct."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln


def pass_at_k(correct: ArrayLike, samples: ArrayLike, k: ArrayLike) -> NDArray[np.float64]:
    """Unbiased estimate per item, 1 - C(n - c, k) / C(n, k), from c correct among n samples.

    Chen et al. 2021 (arXiv 2107.03374, equation 1). Raises ValueError if k is above the number of samples.
    """
    c, n, k = (np.asarray(value, float) for value in (correct, samples, k))
    if np.any(k > n):
        raise ValueError(f"pass@{np.max(k):.0f} needs at least as many samples per item, got {np.min(n):.0f}")
    wrong = np.maximum(n - c, k)
    log_ratio = gammaln(wrong + 1) - gammaln(wrong - k + 1) - gammaln(n + 1) + gammaln(n - k + 1)
    return np.where(n - c < k, 1.0, -np.expm1(log_ratio))
