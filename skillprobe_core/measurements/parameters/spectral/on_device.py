"""The decomposition by torch on a device, such as a GPU.

Blocks of the matrix are copied to the device in their stored type and become float64 there; only the Gram matrix and
its eigenvectors stay. Gram matrices of one width whose threads wait for the device at the same time are decomposed as a
batch. Where the device runs out of memory, batches have fewer matrices and products fewer rows.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import torch

from skillprobe_core.measurements.parameters.memory_bound import Room
from skillprobe_core.models.device_memory import free_bytes, in_parts

from .matrix import Array, Matrix, gram_block

ONE_AT_A_TIME = threading.RLock()
# Share of the free memory for Gram matrices that wait, and for their eigenvectors.
_SHARE = 0.5


def spectra_device(wanted: str) -> str | None:
    """The device of the spectra for a setting `device` under [compute]: a CUDA device, or None for LAPACK on the CPU.

    Other devices lack float64, which the precision of the spectra needs.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else None
    return wanted if torch.device(wanted).type == "cuda" else None


@cache
def device_room(device: str) -> Room:
    """Half of the memory that was free on a device at first, for the matrices that threads hold there."""
    return Room(int(_SHARE * (free_bytes(torch.device(device)) or 0)))


def device_bytes(matrix: Matrix, *, vectors: bool) -> int:
    """Bytes of a matrix's decomposition on a device: the Gram matrix and its copy in a batch, and the eigenvectors."""
    return 8 * matrix.columns**2 * (4 if vectors else 2)


class _Waiting:
    """A Gram matrix whose thread waits for the device, and then its eigenvalues and eigenvectors, or the error."""

    def __init__(self, gram: torch.Tensor) -> None:
        self.gram: torch.Tensor | None = gram
        self.found: tuple[torch.Tensor, torch.Tensor | None] | None = None
        self.error: Exception | None = None


class Batches:
    """Decomposes together what waits: the first thread that gets the device serves all others of its width."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[int, bool, torch.device], list[_Waiting]] = {}

    @property
    def waiting(self) -> int:
        """Number of matrices that wait."""
        with self._lock:
            return sum(map(len, self._waiting.values()))

    def decompose(self, gram: torch.Tensor, *, vectors: bool) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Eigenvalues, ascending, and with `vectors` the eigenvectors, as torch.linalg gives them.

        Raises the device's error if a single matrix does not fit.
        """
        kind, own = (len(gram), vectors, gram.device), _Waiting(gram)
        with self._lock:
            self._waiting.setdefault(kind, []).append(own)
        with ONE_AT_A_TIME:
            if own.gram is not None:
                with self._lock:
                    batch = self._waiting.pop(kind)
                _decompose_batch(batch, vectors=vectors)
        if own.error is not None:
            raise own.error
        assert own.found is not None
        return own.found


BATCHES = Batches()


def _decompose_batch(batch: list[_Waiting], *, vectors: bool) -> None:
    start, gram = 0, batch[0].gram
    assert gram is not None
    free = free_bytes(gram.device)
    most = None if free is None else max(1, int(_SHARE * free) // (8 * gram.numel() * (3 if vectors else 2)))
    try:
        for found in in_parts(len(batch), partial(_decompose_part, batch, vectors=vectors), size=most):
            for each, one in zip(batch[start:], found, strict=False):
                each.found = one
            start += len(found)
    except Exception as error:
        for each in batch[start:]:
            each.error = error
    finally:
        for each in batch:
            each.gram = None


def _decompose_part(
    batch: list[_Waiting], part: range, *, vectors: bool
) -> list[tuple[torch.Tensor, torch.Tensor | None]]:
    grams = torch.stack([each.gram for each in batch[part.start : part.stop] if each.gram is not None])
    if not vectors:
        return [(squares, None) for squares in torch.linalg.eigvalsh(grams)]
    return list(zip(*torch.linalg.eigh(grams), strict=True))


class DeviceEigen:
    """The counterpart of GramEigen with torch: eigenvalues and eigenvectors of AᵀA / scale² in float64.

    Without `vectors` only the values are computed.
    """

    def __init__(self, matrix: Matrix, *, vectors: bool = True) -> None:
        gram = torch.zeros(matrix.columns, matrix.columns, dtype=torch.float64, device=matrix.device)
        for rows in device_blocks(matrix, gram_block(matrix.columns)):
            gram.addmm_(rows.T, rows)
        squares, self._vectors = BATCHES.decompose(gram, vectors=vectors)
        self.values: Array = np.sqrt(np.maximum(squares.cpu().numpy()[::-1], 0.0))

    def vectors(self, first: int, last: int) -> Array:
        """Eigenvectors number `first` to `last` (excluded), by ascending eigenvalues: columns x (last - first)."""
        return np.asarray(self._all[:, first:last].cpu().numpy())

    def right(self, k: int) -> Array:
        """The leading k right singular vectors, by descending singular values."""
        n = len(self.values)
        return self.vectors(n - k, n)[:, ::-1].copy() if k else np.zeros((n, 0))

    def cosines(self, vectors: Array) -> Array:
        """Inner products of all eigenvectors (ascending) with the given ones: columns x k."""
        given = torch.from_numpy(np.ascontiguousarray(vectors)).to(self._all.device)
        return np.asarray((self._all.T @ given).cpu().numpy())

    @property
    def _all(self) -> torch.Tensor:
        assert self._vectors is not None, "only the values were computed"
        return self._vectors


def device_blocks(matrix: Matrix, elements: int = 0) -> Iterator[torch.Tensor]:
    """The blocks of a matrix, divided by its scale, as float64 on its device."""
    for start, stop in matrix.places(elements):
        if matrix.send is not None:
            block = matrix.send(start, stop)
        else:
            block = torch.from_numpy(matrix.read(start, stop)).to(matrix.device)
        yield block if matrix.scale == 1.0 else block / matrix.scale


def products_on_device(matrix: Matrix, vectors: Array) -> Iterator[Array]:
    """A V / scale block by block."""
    given = torch.from_numpy(np.ascontiguousarray(vectors)).to(matrix.device)
    for block in device_blocks(matrix):
        with ONE_AT_A_TIME:
            yield from in_parts(len(block), partial(_product, block, given))


def _product(block: torch.Tensor, given: torch.Tensor, part: range) -> Array:
    """Some rows of a block times the vectors on the device."""
    return np.asarray((block[part.start : part.stop] @ given).cpu().numpy())
