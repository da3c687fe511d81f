"""Matrices read in blocks, standing tall, and their singular values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.linalg

Array = npt.NDArray[np.float64]

# Rows of a block: enough for full speed of a matrix product, few enough to stay in cache and in bounded memory.
_BLOCK_ELEMENTS = 1 << 20
# Squaring costs half the digits of small singular values: those below this share of the largest are refined.
_GRAM_FLOOR = 2e-3


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of `rows` x `columns`, rows >= columns (a wide one is read transposed).

    `read(start, stop)` gives those rows as a float64 array; it is called for one block at a time.
    """

    rows: int
    columns: int
    read: Callable[[int, int], Array]

    def blocks(self, scale: float = 1.0) -> Iterator[Array]:
        """All rows, block by block, divided by `scale`."""
        step = max(self.columns, _BLOCK_ELEMENTS // self.columns)
        for start in range(0, self.rows, step):
            block = self.read(start, min(start + step, self.rows))
            yield block if scale == 1.0 else block / scale


def gram(matrix: Matrix, scale: float) -> Array:
    """AᵀA / scale² in float64, columns x columns."""
    total = np.zeros((matrix.columns, matrix.columns))
    for block in matrix.blocks(scale):
        total += block.T @ block
    return total


def singular_values(matrix: Matrix, largest: float) -> Array:
    """All singular values in descending order, to about 1e-12 of the largest; `largest` is max |a_ij|.

    Eigenvalues of the float64 Gram matrix, which takes half the work of a decomposition of A; where that squaring
    has cost the small ones their digits, singular values of the triangular factor of A, gathered over the blocks.
    """
    if largest == 0.0:
        return np.zeros(matrix.columns)
    scale = float(2.0 ** np.round(np.log2(largest)))
    squares = scipy.linalg.eigvalsh(gram(matrix, scale), driver="ev", check_finite=False, overwrite_a=True)
    values = np.sqrt(np.maximum(squares[::-1], 0.0))
    if values[-1] < _GRAM_FLOOR * values[0]:
        values = np.linalg.svd(triangular_factor(matrix, scale), compute_uv=False)
    return np.asarray(values * scale)


def triangular_factor(matrix: Matrix, scale: float) -> Array:
    """R of A = QR, without Q: A's singular values with the accuracy of an SVD, and memory for one block and R."""
    factor = np.zeros((0, matrix.columns))
    for block in matrix.blocks(scale):
        stacked = np.vstack([factor, block]) if len(factor) else block
        factor = stacked if len(stacked) == len(block) == matrix.rows == matrix.columns else _r(stacked)
    return factor


def _r(stacked: Array) -> Array:
    return np.asarray(np.linalg.qr(stacked, mode="r"))
