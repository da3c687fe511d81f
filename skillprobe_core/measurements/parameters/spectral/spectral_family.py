"""The input of the spectral measures: the spectra of one pair of matrices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skillprobe_core.measurements.parameters.parameter_measure import Measure
from skillprobe_core.plugins import LAST

if TYPE_CHECKING:
    from .decomposition import Decomposition

# Number of leading singular directions to compare: enough to see a rotation, few enough to be cheap.
SUBSPACE = 32


def subspace_size(columns: int) -> int:
    """Number of leading directions to compare for a matrix with shorter side `columns`: a quarter, at most 32."""
    return max(1, min(SUBSPACE, columns // 4))


@dataclass(frozen=True, slots=True)
class Spectra:
    """Matrices W0 and W and their difference, decomposed; `rows` x `columns`, rows >= columns.

    `base.right` has twice `subspace_size` vectors (or all), the others have `subspace_size`.
    """

    rows: int
    columns: int
    base: Decomposition
    tensor: Decomposition
    delta: Decomposition


@dataclass(frozen=True, slots=True)
class Spectral:
    """A family of measures computed from the spectra of one pair of matrices.

    `of_whole` are measures of several tensors together that a single tensor does not have. `order` is
    the place of the family's columns among the families'.
    """

    name: str
    measures: tuple[Measure, ...]
    measure: Callable[[Spectra], dict[str, float | bool | None]]
    of_whole: tuple[Measure, ...] = ()
    order: int = LAST
