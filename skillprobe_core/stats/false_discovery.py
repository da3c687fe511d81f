"""The false discovery rate, for exploration rather than for claims."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p-values (q): rejecting q <= r keeps the expected share of false rejections at r or below.

    Benjamini and Hochberg 1995, step-up. Shape and order of `p`.
    """
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, p.size + 1)
    stepped = np.minimum.accumulate((p[order] * p.size / ranks)[::-1])[::-1]
    q = np.empty_like(p)
    q[order] = np.minimum(stepped, 1.0)
    return q
