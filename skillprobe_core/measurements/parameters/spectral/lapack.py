"""SciPy's LAPACK routines for symmetric tridiagonal reduction, called without Python's global lock.

SciPy's own wrappers hold the lock while LAPACK works, so threads that each process a matrix would wait for each other.
`scipy.linalg.cython_lapack` publishes the addresses; calls through ctypes release the lock.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cython_blas, cython_lapack

Array = npt.NDArray[np.float64]

_PANEL: Final = 32  # columns that the blocked routines process at once
# Workspace of dormtr's blocked form for its triangular factors; with less it falls back to one reflector at a time.
_TRIANGLES: Final = 65 * 64


def _routine(name: str, module: ModuleType = cython_lapack) -> Callable[..., None]:
    capsule = module.__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    arguments = api.PyCapsule_GetName(capsule).count(b",") + 1
    address = api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))
    function: Callable[..., None] = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * arguments)(address)
    return function


_DSYTRD, _DSTERF, _DSTEMR, _DSTEIN, _DORMTR, _DTPQRT, _DGESVD = (
    _routine(name) for name in ("dsytrd", "dsterf", "dstemr", "dstein", "dormtr", "dtpqrt", "dgesvd")
)
_DSYRK = _routine("dsyrk", cython_blas)


def _call(routine: Callable[..., None], *arguments: int | float | bytes | npt.NDArray[Any]) -> None:
    """Call a routine by LAPACK's convention: all arguments by address, `info` as the last one."""
    info = ctypes.c_int(0)
    _by_address(routine, *arguments, info)
    if info.value != 0:
        raise np.linalg.LinAlgError(f"a LAPACK routine failed with info = {info.value}")


def _by_address(
    routine: Callable[..., None], *arguments: int | float | bytes | npt.NDArray[Any] | ctypes.c_int
) -> None:
    kept: list[Any] = []
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            kept.append(ctypes.c_void_p(argument.ctypes.data))
        elif isinstance(argument, ctypes.c_int):
            kept.append(ctypes.byref(argument))
        elif isinstance(argument, bytes):
            kept.append(ctypes.c_char_p(argument))
        elif isinstance(argument, float):
            kept.append(ctypes.byref(ctypes.c_double(argument)))
        else:
            kept.append(ctypes.byref(ctypes.c_int(argument)))
    routine(*[ctypes.cast(value, ctypes.c_void_p) for value in kept])


def add_gram(block: Array, total: Array) -> None:
    """Add BᵀB to `total` (n x n), in place, in the one triangle that `reduce_to_tridiagonal` reads."""
    if not block.flags.c_contiguous and not block.flags.f_contiguous:
        block = np.ascontiguousarray(block)
    rows, n = block.shape
    # A matrix in row order is, for Fortran, the transposed matrix in column order.
    form, leading = (b"N", n) if block.flags.c_contiguous else (b"T", rows)
    _by_address(_DSYRK, b"L", form, n, rows, 1.0, block, leading, 1.0, total, n)


def reduce_to_tridiagonal(matrix: Array) -> tuple[Array, Array, Array, Array]:
    """A symmetric matrix as Q T Qᵀ: the reflectors of Q, T's diagonal and off-diagonal, and Q's factors.

    `matrix` is overwritten by the reflectors; only one triangle of it is read.
    """
    n = len(matrix)
    diagonal, off_diagonal, factors = np.empty(n), np.empty(max(n - 1, 1)), np.empty(max(n - 1, 1))
    work = np.empty(n * _PANEL)
    # Row order is column order for Fortran, since the matrix is symmetric.
    _call(_DSYTRD, b"L", n, matrix, n, diagonal, off_diagonal, factors, work, n * _PANEL)
    return matrix, diagonal, off_diagonal[: n - 1], factors[: n - 1]


def tridiagonal_values(diagonal: Array, off_diagonal: Array) -> Array:
    """All eigenvalues of a symmetric tridiagonal matrix, ascending."""
    values, rest = diagonal.copy(), np.append(off_diagonal, 0.0)
    _call(_DSTERF, len(values), values, rest)
    return values


def tridiagonal_vectors(diagonal: Array, off_diagonal: Array, first: int, last: int) -> Array:
    """Eigenvectors number `first` to `last` (excluded; ascending eigenvalues), one per column: n x (last - first)."""
    n, wanted = len(diagonal), last - first
    vectors = np.empty((wanted, n))
    found, support = np.zeros(1, np.int32), np.empty(2 * wanted, np.int32)
    try_relative_accuracy = np.ones(1, np.int32)
    work, integers = np.empty(18 * n), np.empty(10 * n, np.int32)
    _call(
        _DSTEMR,
        *(b"V", b"I", n, diagonal.copy(), np.append(off_diagonal, 0.0), 0.0, 0.0, first + 1, last, found, np.empty(n)),
        *(vectors, n, wanted, support, try_relative_accuracy, work, len(work), integers, len(integers)),
    )
    return vectors.T


def leading_vectors(diagonal: Array, off_diagonal: Array, values: Array, k: int) -> Array | None:
    """Eigenvectors of the k largest of all eigenvalues (ascending `values`), one per column, by inverse iteration.

    Several times faster than `tridiagonal_vectors`, since the values are known. None if the matrix splits into blocks,
    or if the vectors are not orthogonal (values too close for inverse iteration).
    """
    n = len(diagonal)
    scale = max(float(np.abs(diagonal).max()), float(np.abs(off_diagonal).max(initial=0.0)))
    if n < 2 or np.abs(off_diagonal).min() <= np.finfo(np.float64).eps * scale:
        return None
    vectors, failed = np.empty((k, n)), np.empty(k, np.int32)
    block, end = np.ones(n, np.int32), np.full(n, n, np.int32)
    work, integers = np.empty(5 * n), np.empty(n, np.int32)
    wanted = np.ascontiguousarray(values[n - k :])
    try:
        _call(_DSTEIN, n, diagonal, off_diagonal, k, wanted, block, end, vectors, n, work, integers, failed)
    except np.linalg.LinAlgError:
        return None
    return vectors.T if float(np.abs(vectors @ vectors.T - np.eye(k)).max()) < 1e-13 * n else None


def rotate(
    reflectors: Array, factors: Array, vectors: Array, *, transposed: bool = False, overwrite: bool = False
) -> Array:
    """Q V, or Qᵀ V, for the Q of a reduction and V of n x k, whose memory is reused with `overwrite`."""
    n, k = vectors.shape
    turned = np.array(vectors.T, order="C", copy=None if overwrite else True)
    work = np.empty(max(k, 1) * _PANEL * 2 + _TRIANGLES)
    _call(
        _DORMTR,
        *(b"L", b"L", b"T" if transposed else b"N", n, k, reflectors, n, factors, turned, n, work, len(work)),
    )
    return turned.T


def add_rows(rows: Array, factor: Array) -> None:
    """Update the triangular factor R (n x n, in column order) of a QR factorisation for rows appended below it.

    In place: only the new R of [R; B] is kept, and the only additional memory is a copy of `rows`.
    """
    below = np.array(rows, order="F")
    m, n = below.shape
    panel = min(_PANEL, n)
    triangles, work = np.empty(panel * n), np.empty(panel * n)
    _call(_DTPQRT, m, n, 0, panel, factor, n, below, m, triangles, panel, work)


def values_in_place(factor: Array) -> Array:
    """The singular values, descending, of a square matrix (in column order), which is overwritten."""
    n = len(factor)
    values, work, none = np.empty(n), np.empty(3 * n + 2 * n * _PANEL + 5), np.empty(1)
    _call(_DGESVD, b"N", b"N", n, n, factor, n, values, none, 1, none, 1, work, len(work))
    return values
