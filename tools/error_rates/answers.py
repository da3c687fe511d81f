"""Simulated answers: right or wrong for every item and checkpoint, alike at neighbouring checkpoints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Array = NDArray[np.float64]

_ITEM, _RUN = 0.6, 0.15
"""Shares of the variance of an item's latent difficulty that all checkpoints have in common, and those of a run."""
_NEXT = 0.6
"""Correlation of the remaining share between a checkpoint and the next."""
_UNIT = 0.8
"""Share of the variance that the items of one unit have in common."""


def answers(
    rng: np.random.Generator, items: int, accuracy: ArrayLike, runs: Sequence[int], items_per_unit: int = 1
) -> Array:
    """Shares right, 0 or 1, of shape (items, 1 + checkpoints), the base first.

    Args:
        rng: Source of randomness.
        items: Number of items; a multiple of `items_per_unit`.
        accuracy: Expected accuracies of the base and of all checkpoints, or one row of them per item.
        runs: Number of checkpoints of each run.
        items_per_unit: Consecutive items that are drawn together, and mostly right or wrong together.
    """
    latent = _latent(rng, items, runs)
    if items_per_unit > 1:
        shared = np.repeat(_latent(rng, items // items_per_unit, runs), items_per_unit, axis=0)
        latent = np.sqrt(_UNIT) * shared + np.sqrt(1 - _UNIT) * latent
    right = latent < ndtri(np.clip(accuracy, 0.001, 0.999))
    return np.asarray(right, dtype=np.float64)


def _latent(rng: np.random.Generator, items: int, runs: Sequence[int]) -> Array:
    """Standard normal difficulties of the items for the base and every checkpoint."""
    item = rng.standard_normal((items, 1))
    parts = [item]
    for checkpoints in runs:
        own = rng.standard_normal((items, 1))
        passing = rng.standard_normal((items, checkpoints))
        for place in range(1, checkpoints):
            passing[:, place] = _NEXT * passing[:, place - 1] + np.sqrt(1 - _NEXT**2) * passing[:, place]
        parts.append(np.sqrt(_ITEM) * item + np.sqrt(_RUN) * own + np.sqrt(1 - _ITEM - _RUN) * passing)
    return np.hstack(parts)
