"""Blocks of columns and of results, so that a matrix over thousands of checkpoints is never in memory as a whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from skillprobe_core.machine.processor import cores

_NUMBERS = 4_000_000
_RESULTS = 2_000
_CACHED = 300_000
_NARROWEST = 128
_WORTH_THREADS = 1_000_000
_DENSE = 0.2


@dataclass(frozen=True, slots=True)
class ResultBlock:
    """Some results and the columns that they sum.

    results: their numbers. columns: the columns that any of them sums. totals: (results, columns), the part of the
    matrix that adds them up.
    """

    results: NDArray[np.intp]
    columns: NDArray[np.intp]
    totals: csr_array


def column_blocks(columns: int, rows: int) -> Iterator[slice]:
    """Neighbouring columns of a dense matrix, as many at a time as take 32 MB as numbers of 8 bytes."""
    width = max(1, _NUMBERS // max(rows, 1))
    yield from (slice(start, min(start + width, columns)) for start in range(0, columns, width))


def result_blocks(totals: csr_array) -> Iterator[ResultBlock]:
    """Results in blocks that share columns: those of one checkpoint lie together, whatever their scope.

    totals: (results, columns), the columns summed in each result. A block sums in the same order as the full matrix, so
    that its values are the same bits.
    """
    filled = np.diff(totals.indptr) > 0
    first = np.zeros(totals.shape[0], dtype=np.intp)
    first[filled] = np.minimum.reduceat(totals.indices, totals.indptr[:-1][filled]) if filled.any() else 0
    order = np.argsort(first, kind="stable")
    for start in range(0, len(order), _RESULTS):
        results = order[start : start + _RESULTS]
        part = totals[results]
        columns = np.unique(part.indices)
        yield ResultBlock(results, columns, csr_array(part[:, columns]))


def product(matrix: csr_array, dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """`matrix @ dense`, some columns at a time: those that a processor's cache holds take half of the time.

    Every core takes blocks of its own, since SciPy's product leaves the interpreter to other threads. A matrix of which
    a fifth is not 0 is multiplied as a dense one, whose last digits depend on the library and its threads.
    """
    if matrix.nnz > _DENSE * matrix.shape[0] * matrix.shape[1]:
        return np.asarray(matrix.toarray() @ dense)
    width = max(_NARROWEST, _CACHED // max(len(dense), 1))
    blocks = [slice(start, start + width) for start in range(0, dense.shape[1], width)]
    if len(blocks) < 2:
        return np.asarray(matrix @ dense)
    found = np.empty((matrix.shape[0], dense.shape[1]))

    def multiply(block: slice) -> None:
        found[:, block] = matrix @ np.ascontiguousarray(dense[:, block])

    threads = cores() if matrix.nnz * dense.shape[1] >= _WORTH_THREADS else 1
    with ThreadPoolExecutor(threads) as pool:
        deque(pool.map(multiply, blocks), maxlen=0)
    return found
