"""McNemar's test, exact."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr


def mcnemar_p(gained: ArrayLike, forgotten: ArrayLike) -> NDArray[np.float64]:
    """Exact two-sided p-value that gains and losses are equally likely; 1 where there are none.

    Twice the lower binomial tail of the smaller count at one half (McNemar 1947; Clopper-Pearson form).
    """
    gained, forgotten = np.asarray(gained, float), np.asarray(forgotten, float)
    p: NDArray[np.float64] = np.minimum(1.0, 2.0 * bdtr(np.minimum(gained, forgotten), gained + forgotten, 0.5))
    return p
