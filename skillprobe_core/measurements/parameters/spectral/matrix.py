"""Tall matrices read in blocks, and products over all their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .lapack import add_gram, add_rows

if TYPE_CHECKING:
    import torch

Array = npt.NDArray[np.float64]

# Returns rows of a tall array from the first to the last (excluded).
Rows = Callable[[int, int], Array]

# Elements of a block: enough for a fast matrix product, few enough for bounded memory.
BLOCK_ELEMENTS = 1 << 19
_LARGEST_BLOCK = 1 << 21
# Most elements of a matrix that is held in memory as float64 (8 MiB).
SMALL = 1 << 20
# Range of largest elements whose fourth powers float64 represents at full precision.
_ORDINARY = (1e-20, 1e20)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of `rows` x `columns`, rows >= columns; a wide one is read transposed, with `transposed` set.

    `read(start, stop)` returns these rows as a float64 array, which the next call may overwrite. `largest` is
    max |a_ij|. `factors` are a thin pair whose product is the matrix (a low-rank update), if there is one. With a
    `device` torch decomposes the matrix there, without one LAPACK does; `send(start, stop)` then returns the same rows
    as a float64 tensor on the device (default: those of `read`, copied).
    """

    rows: int
    columns: int
    read: Callable[[int, int], Array]
    largest: float
    transposed: bool
    factors: tuple[Array, Array] | None = None
    device: str | None = None
    send: Callable[[int, int], torch.Tensor] | None = None

    @property
    def scale(self) -> float:
        """A divisor that keeps squares in range: 1 for ordinary elements, else the power of two nearest the largest."""
        if _ORDINARY[0] <= self.largest <= _ORDINARY[1] or self.largest == 0.0:
            return 1.0
        return float(2.0 ** np.round(np.log2(self.largest)))

    def blocks(self, elements: int = 0) -> Iterator[tuple[int, int, Array]]:
        """All rows by block, divided by `scale`: first row, last row (excluded), and rows, valid until the next one.

        A block has the usual number of elements, or `elements` if that is more.
        """
        for start, stop in self.places(elements):
            block = self.read(start, stop)
            yield start, stop, block if self.scale == 1.0 else block / self.scale

    def places(self, elements: int = 0) -> Iterator[tuple[int, int]]:
        """First and last row (excluded) of these blocks."""
        most = max(elements, BLOCK_ELEMENTS)
        step = self.rows if self.rows * self.columns <= SMALL else max(1, most // self.columns)
        for start in range(0, self.rows, step):
            yield start, min(start + step, self.rows)


def gram(matrix: Matrix) -> Array:
    """AᵀA / scale², columns x columns, in the triangle that `reduce_to_tridiagonal` reads; the other is zero."""
    total: Array = np.zeros((matrix.columns, matrix.columns))
    for _, _, block in matrix.blocks(gram_block(matrix.columns)):
        add_gram(block, total)
    return total


def gram_block(columns: int) -> int:
    """Elements of a block that is added to a Gram matrix; each pass covers the whole sum, so few large blocks."""
    return min(columns**2 // 8, _LARGEST_BLOCK)


def square_form(matrix: Matrix) -> Array:
    """A square matrix with the singular values of A / scale at full precision: A itself, or R of A = QR."""
    if matrix.rows > matrix.columns:
        return stacked_factor(block for _, _, block in matrix.blocks())
    form: Array = np.empty((matrix.rows, matrix.columns))
    for start, stop, block in matrix.blocks():
        form[start:stop] = block
    return form


def stacked_factor(blocks: Iterable[Array]) -> Array:
    """R (n x n) of the QR factorisation of the stacked blocks, in memory for R and a copy of one block."""
    factor: Array | None = None
    for block in blocks:
        if factor is None:
            factor = np.zeros((block.shape[1], block.shape[1]), order="F")
        add_rows(block, factor)
    assert factor is not None
    return factor


def slices(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """First and last row (excluded) of blocks of a tall array's rows."""
    step = max(1, BLOCK_ELEMENTS // columns)
    for start in range(0, rows, step):
        yield start, min(start + step, rows)
