"""Memory bound of a tensor's measures, and admission of tensors within a memory limit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from threading import Condition

from skillprobe_core.machine.allocator import trim
from skillprobe_core.measurements.parameters.spectral.matrix import BLOCK_ELEMENTS, SMALL, gram_block
from skillprobe_core.measurements.parameters.spectral.spectral_family import subspace_size
from skillprobe_core.runs.tensor_pairs import Pair
from skillprobe_core.runs.weights import Weights

# The tensors in work may use this multiple of the largest one. Memory outside the bounds below (the interpreter's
# objects, pages that threads keep) has the rest up to three times.
_TIMES_LARGEST = 2.5
# Bytes that do not grow with the matrix: blocks of masks, products, the buffers of two BLAS (8 to 16 MB per thread).
_IN_PASSING = 1 << 25


def memory_limit(*sides: Weights) -> int:
    """Limit in bytes for all running tensors: 2.5 times the stored size of the largest tensor."""
    return int(_TIMES_LARGEST * max((info.stop - info.start for side in sides for info in side.values()), default=0))


def working_memory(shape: tuple[int, ...]) -> int:
    """Most bytes that all measures of a tensor of this shape use, in addition to the mapped files.

    For an m x n matrix (m >= n): the n x n Gram matrix with three blocks to be added to it, or with two and a quarter
    of the eigenvectors; images of m x K, two in float64, one in float32, and their temporary copies.
    """
    elements = math.prod(shape)
    first = max(1, shape[0]) if shape else 1
    columns, rows = sorted((first, elements // first))
    block = elements if elements <= SMALL else max(BLOCK_ELEMENTS, gram_block(columns))
    gram = columns**2 + max(3 * block, 2 * block + columns**2 // 4)
    return 8 * (gram + 4 * rows * subspace_size(columns)) + min(8 * elements, _IN_PASSING)


def assembled_memory(base: Weights, checkpoint: Weights) -> Callable[[Pair], int]:
    """The bytes of a pair's tensors that are in memory because they are assembled from shards, as a function of it."""

    def held(pair: Pair) -> int:
        total = 0
        for side, piece in ((base, pair.base), (checkpoint, pair.tensor)):
            if side.assembled and piece is not None:
                names = piece.tensor.stored.names
                total += sum(side[name].stop - side[name].start for name in names if name in side)
        return total

    return held


class Room:
    """A number of bytes that running jobs share; a job that needs more than all of them runs alone."""

    def __init__(self, size: int) -> None:
        self._size, self._held, self._waiting, self._closed = size, 0, 0, False
        self._changed = Condition()

    def close(self) -> None:
        """Reject all waiting and later requests."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @contextmanager
    def take(self, size: int) -> Iterator[None]:
        """Wait until `size` bytes are free, and hold them within the block. Raises CancelledError once it is closed."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: self._closed or self._held == 0 or self._held + size <= self._size)
            self._waiting -= 1
            if self._closed:
                raise CancelledError
            self._held += size
        try:
            yield
        finally:
            if self._waiting:  # the next job runs in another thread, which cannot use memory freed in this one
                trim()
            with self._changed:
                self._held -= size
                self._changed.notify_all()
