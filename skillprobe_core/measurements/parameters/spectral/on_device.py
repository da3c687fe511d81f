"""The decomposition by torch on a device, such as a GPU.

Blocks of the matrix are copied to the device as they are read; only the Gram matrix and its eigenvectors stay there.
One matrix at a time uses the device, while other threads read and sum up other tensors. Where the device runs out of
memory, products take fewer rows at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import numpy as np
import torch

from skillprobe_core.models.device_memory import in_parts

from .matrix import Array, Matrix, gram_block

ONE_AT_A_TIME = threading.RLock()


def spectra_device(wanted: str) -> str | None:
    """The device of the spectra for a setting `device` under [compute]: a CUDA device, or None for LAPACK on the CPU.

    Other devices lack float64, which the precision of the spectra needs.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else None
    return wanted if torch.device(wanted).type == "cuda" else None


class DeviceEigen:
    """The counterpart of GramEigen with torch: eigenvalues and eigenvectors of AᵀA / scale² in float64.

    Without `vectors` only the values are computed.
    """

    def __init__(self, matrix: Matrix, *, vectors: bool = True) -> None:
        gram = torch.zeros(matrix.columns, matrix.columns, dtype=torch.float64, device=matrix.device)
        for _, _, block in matrix.blocks(gram_block(matrix.columns)):
            rows = torch.from_numpy(block).to(matrix.device)
            gram.addmm_(rows.T, rows)
        if vectors:
            squares, self._vectors = torch.linalg.eigh(gram)
        else:
            squares = torch.linalg.eigvalsh(gram)
        self.values: Array = np.sqrt(np.maximum(squares.cpu().numpy()[::-1], 0.0))

    def vectors(self, first: int, last: int) -> Array:
        """Eigenvectors number `first` to `last` (excluded), by ascending eigenvalues: columns x (last - first)."""
        return np.asarray(self._vectors[:, first:last].cpu().numpy())

    def right(self, k: int) -> Array:
        """The leading k right singular vectors, by descending singular values."""
        n = len(self.values)
        return self.vectors(n - k, n)[:, ::-1].copy() if k else np.zeros((n, 0))

    def cosines(self, vectors: Array) -> Array:
        """Inner products of all eigenvectors (ascending) with the given ones: columns x k."""
        given = torch.from_numpy(np.ascontiguousarray(vectors)).to(self._vectors.device)
        return np.asarray((self._vectors.T @ given).cpu().numpy())


def products_on_device(matrix: Matrix, vectors: Array) -> Iterator[Array]:
    """A V / scale block by block."""
    given = torch.from_numpy(np.ascontiguousarray(vectors)).to(matrix.device)
    for _, _, block in matrix.blocks():
        with ONE_AT_A_TIME:
            yield from in_parts(len(block), partial(_product, block, given))


def _product(block: Array, given: torch.Tensor, part: range) -> Array:
    """Some rows of a block times the vectors on the device."""
    rows = torch.from_numpy(block[part.start : part.stop]).to(given.device)
    return np.asarray((rows @ given).cpu().numpy())
