"""McNemar's test, exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc


def mcnemar_p(gained: ArrayLike, forgotten: ArrayLike) -> NDArray[np.float64]:
    """Exact two-sided p-value for the null that gains and losses are equally likely; 1 if there are none.

    Twice the lower binomial tail of the smaller count at one half (McNemar 1947; Clopper-Pearson form).
    """
    gained, forgotten = np.asarray(gained, float), np.asarray(forgotten, float)
    fewer, more = np.minimum(gained, forgotten), np.maximum(gained, forgotten)
    tail = betaincc(fewer + 1, np.maximum(more, 1.0), 0.5)
    return np.asarray(np.where(more > 0, np.minimum(1.0, 2.0 * tail), 1.0))
