"""Matrices read in blocks, standing tall, and products over all their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Elements of a block: enough for full speed of a matrix product, few enough for bounded memory.
_BLOCK_ELEMENTS = 1 << 19


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of `rows` x `columns`, rows >= columns; a wide one is read transposed, and `transposed` says so.

    `read(start, stop)` gives those rows as a float64 array; it is called for one block at a time. `largest` is
    max |a_ij|. `factors` are a thin pair whose product is the matrix (a low-rank update), where it is made of one.
    """

    rows: int
    columns: int
    read: Callable[[int, int], Array]
    largest: float
    transposed: bool
    factors: tuple[Array, Array] | None = None

    @property
    def scale(self) -> float:
        """The power of two nearest to the largest element: dividing by it is exact and keeps squares in range."""
        return float(2.0 ** np.round(np.log2(self.largest))) if self.largest else 1.0

    def blocks(self) -> Iterator[tuple[int, int, Array]]:
        """All rows, block by block, divided by `scale`: first row, last row (excluded), and the rows."""
        step = max(1, _BLOCK_ELEMENTS // self.columns)
        for start in range(0, self.rows, step):
            stop = min(start + step, self.rows)
            block = self.read(start, stop)
            yield start, stop, block if self.scale == 1.0 else block / self.scale


def gram(matrix: Matrix) -> Array:
    """AᵀA / scale², columns x columns."""
    total = np.zeros((matrix.columns, matrix.columns))
    for _, _, block in matrix.blocks():
        total += block.T @ block
    return total


def times(matrix: Matrix, vectors: Array) -> Array:
    """A V / scale, rows x k."""
    product = np.empty((matrix.rows, vectors.shape[1]))
    for start, stop, block in matrix.blocks():
        product[start:stop] = block @ vectors
    return product


def triangular_factor(matrix: Matrix) -> Array:
    """R of A / scale = QR, gathered over the blocks without Q: it has A's singular values, as exactly as an SVD."""
    if matrix.rows == matrix.columns:
        return matrix.read(0, matrix.rows) / matrix.scale
    factor = np.zeros((0, matrix.columns))
    waiting: list[Array] = []
    # Columns' worth of rows at a time: factoring thin slices against R again and again would cost far more.
    for _, stop, block in matrix.blocks():
        waiting.append(block)
        if stop == matrix.rows or sum(map(len, waiting)) >= matrix.columns:
            factor = np.asarray(np.linalg.qr(np.vstack([factor, *waiting]), mode="r"))
            waiting = []
    return factor
