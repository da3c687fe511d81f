"""The input of the spectral measures: the spectra of one pair of matrices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .decomposition import Decomposition, subspace_size

__all__ = ["Spectra", "Spectral", "subspace_size"]


@dataclass(frozen=True, slots=True)
class Spectra:
    """The reference's matrix, the checkpoint's and their difference, decomposed; `rows` x `columns`, rows >= columns.

    `base.right` has twice `subspace_size` vectors (or all), the others have `subspace_size`.
    """

    rows: int
    columns: int
    base: Decomposition
    tensor: Decomposition
    delta: Decomposition


@dataclass(frozen=True, slots=True)
class Spectral:
    """A family of measures: the columns of `parameter_stats` computed from the spectra of one pair."""

    name: str
    measure: Callable[[Spectra], dict[str, float | bool | None]]
