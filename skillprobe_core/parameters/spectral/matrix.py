"""Matrices read in blocks, standing tall, and products over all their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .lapack import add_gram

Array = npt.NDArray[np.float64]

# Gives rows of a tall array from the first to the last (excluded).
Rows = Callable[[int, int], Array]

# Elements of a block: enough for full speed of a matrix product, few enough for bounded memory.
_BLOCK_ELEMENTS = 1 << 19
# Elements of a matrix that is held whole as float64 (8 MiB).
SMALL = 1 << 20
# Largest elements whose squares, and the squares of those, float64 holds with all their digits.
_ORDINARY = (1e-20, 1e20)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of `rows` x `columns`, rows >= columns; a wide one is read transposed, and `transposed` says so.

    `read(start, stop)` gives those rows as a float64 array; it is called for one block at a time. `largest` is
    max |a_ij|. `factors` are a thin pair whose product is the matrix (a low-rank update), where it is made of one.
    `device` is where torch decomposes it; without, LAPACK does.
    """

    rows: int
    columns: int
    read: Callable[[int, int], Array]
    largest: float
    transposed: bool
    factors: tuple[Array, Array] | None = None
    device: str | None = None

    @property
    def scale(self) -> float:
        """What keeps squares in range: 1 for ordinary elements, else the power of two nearest to the largest."""
        if _ORDINARY[0] <= self.largest <= _ORDINARY[1] or self.largest == 0.0:
            return 1.0
        return float(2.0 ** np.round(np.log2(self.largest)))

    def blocks(self, elements: int = 0) -> Iterator[tuple[int, int, Array]]:
        """All rows, block by block, divided by `scale`: first row, last row (excluded), and the rows.

        A block has the usual number of elements, or `elements` where that is more.
        """
        most = max(elements, _BLOCK_ELEMENTS)
        step = self.rows if self.rows * self.columns <= SMALL else max(1, most // self.columns)
        for start in range(0, self.rows, step):
            stop = min(start + step, self.rows)
            block = self.read(start, stop)
            yield start, stop, block if self.scale == 1.0 else block / self.scale


def gram(matrix: Matrix) -> Array:
    """AᵀA / scale², columns x columns, in the triangle that `reduce_to_tridiagonal` reads; the other is zero."""
    total: Array = np.zeros((matrix.columns, matrix.columns))
    # Each block runs over all of the sum: few large ones, of up to an eighth of its size.
    for _, _, block in matrix.blocks(matrix.columns**2 // 8):
        add_gram(block, total)
    return total


def triangular_factor(matrix: Matrix) -> Array:
    """R of A / scale = QR: it has A's singular values, as exactly as an SVD of A itself."""
    if matrix.rows == matrix.columns:
        return matrix.read(0, matrix.rows) / matrix.scale
    return stacked_factor(block for _, _, block in matrix.blocks())


def stacked_factor(blocks: Iterable[Array]) -> Array:
    """R of the QR factorisation of blocks put on top of each other, with memory for a few of them and R."""
    factor: Array | None = None
    waiting: list[Array] = []
    # Columns' worth of rows at a time: factoring thin slices against R again and again would cost far more.
    for block in blocks:
        waiting.append(block)
        if sum(map(len, waiting)) >= block.shape[1]:
            factor = _factor(factor, waiting)
            waiting = []
    return _factor(factor, waiting) if waiting or factor is None else factor


def slices(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    """First and last row (excluded) of blocks of a tall array's rows."""
    step = max(1, _BLOCK_ELEMENTS // columns)
    for start in range(0, rows, step):
        yield start, min(start + step, rows)


def _factor(above: Array | None, blocks: list[Array]) -> Array:
    return np.asarray(np.linalg.qr(np.vstack(blocks if above is None else [above, *blocks]), mode="r"))
