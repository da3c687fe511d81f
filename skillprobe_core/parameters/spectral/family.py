"""What the spectral measures see of one pair of matrices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .matrix import Array


@dataclass(frozen=True, slots=True)
class Spectra:
    """Singular values, descending, of the base's matrix, the checkpoint's and their difference; `rows` >= `columns`."""

    rows: int
    columns: int
    base: Array
    tensor: Array
    delta: Array


@dataclass(frozen=True, slots=True)
class Spectral:
    """A family of measures: the columns of `parameter_stats` that follow from the spectra of one pair."""

    name: str
    measure: Callable[[Spectra], dict[str, float | None]]
