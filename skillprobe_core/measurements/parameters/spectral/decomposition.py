"""Singular values and leading singular vectors of a matrix that is read in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skillprobe_core.models.device_memory import ran_out, release_unused

from .lapack import (
    leading_vectors,
    reduce_to_tridiagonal,
    rotate,
    tridiagonal_values,
    tridiagonal_vectors,
    values_in_place,
)
from .matrix import Array, Matrix, Rows, gram, slices, square_form, stacked_factor
from .on_device import DeviceEigen, device_bytes, device_room, products_on_device
from .spectral_family import subspace_size

# Squaring costs half the digits: a singular value σ has an error of about 1e-15 σ_max² / σ. Below this share of the
# largest value, that is more than 1e-12 σ_max.
_GRAM_FLOOR = 1e-3
# With more small values than this share of all, an SVD of a square form takes less memory than refining them, and
# usually less time.
_FEW = 0.25
# Number of eigenvectors formed at once, as a share of all.
_AT_ONCE = 0.125
# With singular values of at least this share of the largest, A v / σ is orthonormal to 1e-12 without correction.
_WELL_SEPARATED = 1e-2


@dataclass(frozen=True)
class Decomposition:
    """A matrix with its singular values, descending, and its leading right singular vectors (columns x k)."""

    matrix: Matrix
    values: Array
    right: Array

    @cached_property
    def images(self) -> Array:
        """A V / scale for the leading right singular vectors of the compared subspace: rows x k."""
        vectors, start = self.right[:, : subspace_size(self.matrix.columns)], 0
        images: Array = np.empty((self.matrix.rows, vectors.shape[1]))
        for product in products(self.matrix, vectors):
            images[start : start + len(product)] = product
            start += len(product)
        return images

    def left(self, k: int) -> Rows:
        """The leading k left singular vectors, as rows computed on demand, since they are as tall as the matrix.

        k is at most the subspace's size, and none of their singular values is zero.
        """
        images = self.images[:, :k]
        if self.values[k - 1] >= _WELL_SEPARATED * self.values[0]:
            lengths = self.values[:k] / self.matrix.scale
            return lambda start, stop: images[start:stop] / lengths
        # After division by small values the vectors are orthonormal only up to rounding; QR restores full precision.
        inverse = np.linalg.inv(stacked_factor(images[start:stop] for start, stop in slices(*images.shape)))
        return lambda start, stop: images[start:stop] @ inverse


def decompose(matrix: Matrix, vectors: int, *, exact: bool = True) -> Decomposition:
    """All singular values and the first `vectors` right singular vectors.

    Computed from the eigenvalues of the float64 Gram matrix AᵀA: half the work of a bidiagonalisation, and the vectors
    come from the same reduction. With `exact` every value is accurate to 1e-12 of the largest: the small ones, which
    lose digits by squaring, are recomputed from A restricted to their subspace (Rayleigh-Ritz). Otherwise they are
    accurate to 1e-8 of the largest, about the precision of float32.
    """
    if matrix.largest == 0.0:
        return Decomposition(matrix, np.zeros(matrix.columns), np.eye(matrix.columns, vectors))
    if matrix.factors is not None:
        return _of_product(matrix, vectors)
    with eigen_of(matrix, vectors=exact or vectors > 0) as eigen:
        values, right = eigen.values, eigen.right(vectors)
        small = int((values < _GRAM_FLOOR * values[0]).sum()) if exact else 0
        few = small <= _FEW * matrix.columns
        least = eigen.vectors(0, small) if small and few else None
    del eigen
    if least is not None:
        refined = values_in_place(stacked_factor(products(matrix, least)))
        values = np.concatenate([values[:-small], np.minimum(refined, values[-small - 1])])
    elif small:
        values = values_in_place(square_form(matrix))
    return Decomposition(matrix, values * matrix.scale, right)


def products(matrix: Matrix, vectors: Array) -> Iterator[Array]:
    """A V / scale, rows x k, block by block."""
    if matrix.device is not None:
        return products_on_device(matrix, vectors)
    return (block @ vectors for _, _, block in matrix.blocks())


@contextmanager
def eigen_of(matrix: Matrix, *, vectors: bool = True) -> Iterator[GramEigen | DeviceEigen]:
    """The eigenvalues of AᵀA and, with `vectors`, its eigenvectors, from LAPACK or the matrix's device.

    A matrix waits until the others leave it room on the device. A Gram matrix cannot be divided: one that does not fit
    is decomposed by LAPACK.
    """
    if matrix.device is None:
        yield GramEigen(matrix)
        return
    with device_room(matrix.device).take(device_bytes(matrix, vectors=vectors)):
        yield _on_device(matrix, vectors=vectors) or GramEigen(matrix)


def _on_device(matrix: Matrix, *, vectors: bool) -> DeviceEigen | None:
    """The decomposition on the matrix's device; None if the device runs out of memory."""
    try:
        return DeviceEigen(matrix, vectors=vectors)
    except Exception as error:
        if not ran_out(error):
            raise
    release_unused()
    return None


class GramEigen:
    """Eigenvalues and, on demand, eigenvectors of AᵀA / scale², from one tridiagonal reduction."""

    def __init__(self, matrix: Matrix) -> None:
        self._reflectors, self._diagonal, self._beside, self._factors = reduce_to_tridiagonal(gram(matrix))
        self._squares = tridiagonal_values(self._diagonal, self._beside)
        self.values: Array = np.sqrt(np.maximum(self._squares[::-1], 0.0))

    def vectors(self, first: int, last: int) -> Array:
        """Eigenvectors number `first` to `last` (excluded), by ascending eigenvalues: columns x (last - first)."""
        found = tridiagonal_vectors(self._diagonal, self._beside, first, last)
        return rotate(self._reflectors, self._factors, found, overwrite=True)

    def right(self, k: int) -> Array:
        """The leading k right singular vectors, by descending singular values."""
        n = len(self._diagonal)
        if k == 0:
            return np.zeros((n, 0))
        found = leading_vectors(self._diagonal, self._beside, self._squares, k)
        if found is None:
            found = tridiagonal_vectors(self._diagonal, self._beside, n - k, n)
        return np.ascontiguousarray(rotate(self._reflectors, self._factors, found, overwrite=True)[:, ::-1])

    def cosines(self, vectors: Array) -> Array:
        """Inner products of all eigenvectors (ascending) with the given ones: columns x k, without rotating back."""
        inner = rotate(self._reflectors, self._factors, vectors, transposed=True)
        n, found = len(inner), np.empty_like(inner)
        step = max(1, int(_AT_ONCE * n))
        for start in range(0, n, step):
            stop = min(start + step, n)
            found[start:stop] = tridiagonal_vectors(self._diagonal, self._beside, start, stop).T @ inner
        return found


def _of_product(matrix: Matrix, vectors: int) -> Decomposition:
    """The decomposition of B C with thin B and C: the singular values of R_B R_Cᵀ, then zeros."""
    assert matrix.factors is not None
    first, second = matrix.factors
    r_first = np.linalg.qr(first, mode="r")
    q_second, r_second = np.linalg.qr(second.T)
    _, few, right = np.linalg.svd(r_first @ r_second.T)
    values = np.zeros(matrix.columns)
    values[: min(len(few), matrix.columns)] = few[: matrix.columns]
    leading = q_second @ right.T
    rest = max(0, vectors - leading.shape[1])
    return Decomposition(matrix, values, np.hstack([leading[:, :vectors], np.zeros((matrix.columns, rest))]))
