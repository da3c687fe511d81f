"""Tensors as matrices that are read piece by piece, from a file or an adapter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch

from skillprobe_core.measurements.parameters.spectral.matrix import SMALL, Array, Matrix


class MatrixReader(Protocol):
    """A tensor as a two-dimensional matrix: one row for a vector, one row per first index for more dimensions."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, in their stored type."""

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, in their stored type."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a mapped file."""

    matrix: torch.Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape[0], self.matrix.shape[1]

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`."""
        return self.matrix[start:stop]

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`."""
        return self.matrix[:, start:stop]


@dataclass(frozen=True, slots=True)
class Transposed:
    """Another matrix with rows and columns exchanged."""

    matrix: MatrixReader

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape[1], self.matrix.shape[0]

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`."""
        return self.matrix.columns(start, stop).T

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`."""
        return self.matrix.rows(start, stop).T


@dataclass(frozen=True, slots=True)
class Rounded:
    """Another matrix in a narrower type, to nearest even."""

    matrix: MatrixReader
    dtype: torch.dtype

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, in the narrower type."""
        return self.matrix.rows(start, stop).to(self.dtype)

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, in the narrower type."""
        return self.matrix.columns(start, stop).to(self.dtype)


@dataclass(frozen=True, slots=True)
class Selected:
    """Some rows of another matrix, in the given order."""

    matrix: MatrixReader
    chosen: Sequence[int]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.chosen), self.matrix.shape[1]

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The chosen rows from `start` to `stop`."""
        chosen = self.chosen[start:stop]
        first, last = min(chosen), max(chosen)
        if last - first < 4 * len(chosen):
            return self.matrix.rows(first, last + 1)[[row - first for row in chosen]]
        return torch.cat([self.matrix.rows(row, row + 1) for row in chosen])

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, of the chosen rows."""
        return self.matrix.columns(start, stop)[list(self.chosen)]


@dataclass(frozen=True, slots=True)
class LowRank:
    """A base's tensor with a low-rank update, W0 + B A; the full sum is never in memory. B includes the scale."""

    base: MatrixReader
    first: torch.Tensor
    second: torch.Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.base.shape

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, as float64."""
        return torch.addmm(self.base.rows(start, stop).double(), self.first[start:stop], self.second)

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, as float64."""
        return torch.addmm(self.base.columns(start, stop).double(), self.first, self.second[:, start:stop])


@dataclass(frozen=True)
class Normed:
    """A matrix whose rows are scaled to given norms, as DoRA does (arXiv 2402.09353)."""

    matrix: MatrixReader
    norms: torch.Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    @cached_property
    def _factors(self) -> torch.Tensor:
        """The factor of each row; the matrix is read once for its norms."""
        rows, columns = self.shape
        step = max(1, SMALL // columns)
        read = (self.matrix.rows(start, min(start + step, rows)) for start in range(0, rows, step))
        return self.norms / torch.cat([torch.linalg.vector_norm(block.double(), dim=1) for block in read])

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, as float64."""
        return self.matrix.rows(start, stop).double() * self._factors[start:stop, None]

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, as float64."""
        return self.matrix.columns(start, stop).double() * self._factors[:, None]


@dataclass(frozen=True)
class Replaced:
    """A matrix with other values in some rows, converted to its type."""

    matrix: MatrixReader
    places: tuple[int, ...]
    values: torch.Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`."""
        block = self.matrix.rows(start, stop)
        inside = [(row - start, number) for number, row in enumerate(self.places) if start <= row < stop]
        return _with_rows(block, inside, self.values)

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`."""
        block = self.matrix.columns(start, stop)
        return _with_rows(block, [(row, number) for number, row in enumerate(self.places)], self.values[:, start:stop])


def _with_rows(block: torch.Tensor, places: list[tuple[int, int]], values: torch.Tensor) -> torch.Tensor:
    if not places:
        return block
    block = block.clone()
    block[[row for row, _ in places]] = values[[number for _, number in places]].to(block.dtype)
    return block


def stored(tensor: torch.Tensor) -> Stored:
    """The reader of a tensor of any number of dimensions."""
    return Stored(tensor.reshape(1, -1) if tensor.dim() < 2 else tensor.reshape(tensor.shape[0], -1))


def tall_matrix(reader: MatrixReader, largest: float, device: str | None = None) -> Matrix:
    """The tensor as a float64 matrix with at least as many rows as columns, to be decomposed on the device."""
    wide = reader.shape[0] < reader.shape[1]
    rows, columns = max(reader.shape), min(reader.shape)
    place = _Place(columns, transposed=wide)

    def read(start: int, stop: int) -> Array:
        block = place(stop - start)
        values = reader.columns(start, stop).T if wide else reader.rows(start, stop)
        torch.from_numpy(block).copy_(values)
        return block

    def send(start: int, stop: int) -> torch.Tensor:
        values = reader.columns(start, stop).T if wide else reader.rows(start, stop)
        return values.to(device).double()

    once = _read_once(read, rows, columns)
    return Matrix(rows, columns, once, largest, wide, device=device, send=None if device is None else send)


def _read_once(read: Callable[[int, int], Array], rows: int, columns: int) -> Callable[[int, int], Array]:
    """A reader that converts a small matrix once and keeps it, since several measures read every matrix."""
    if rows * columns > SMALL:
        return read
    kept: list[Array] = []

    def of_kept(start: int, stop: int) -> Array:
        if not kept:
            kept.append(read(0, rows))
        return kept[0][start:stop]

    return of_kept


class _Place:
    """Memory that is reused for every block: clearing new pages each time would cost as much as the arithmetic."""

    def __init__(self, columns: int, *, transposed: bool) -> None:
        self._columns, self._transposed = columns, transposed
        self._memory: Array = np.empty(0)

    def __call__(self, rows: int) -> Array:
        """Memory for `rows` rows, in the tensor's storage order; its previous content is overwritten."""
        if len(self._memory) < rows * self._columns:
            self._memory = np.empty(rows * self._columns)
        block = self._memory[: rows * self._columns]
        return block.reshape(self._columns, rows).T if self._transposed else block.reshape(rows, self._columns)


def _same(first: MatrixReader, second: MatrixReader) -> bool:
    """True for two views of the same stored matrix."""
    if not isinstance(first, Stored) or not isinstance(second, Stored):
        return False
    one, two = first.matrix, second.matrix
    return one.data_ptr() == two.data_ptr() and one.stride() == two.stride() and one.shape == two.shape


def tall_difference(
    base: MatrixReader,
    tensor: MatrixReader,
    largest: float,
    matrices: tuple[Matrix, Matrix] | None = None,
    device: str | None = None,
) -> Matrix:
    """Δ = tensor - base as such a matrix, in float64; `matrices` are both sides as matrices, if available."""
    old, new = matrices or (tall_matrix(base, largest, device), tall_matrix(tensor, largest, device))
    factors = None
    if isinstance(tensor, LowRank) and _same(tensor.base, base):
        first, second = tensor.first.numpy(), tensor.second.numpy()
        factors = (second.T, first.T) if new.transposed else (first, second)
    place = _Place(new.columns, transposed=new.transposed)

    def read(start: int, stop: int) -> Array:
        return np.subtract(new.read(start, stop), old.read(start, stop), out=place(stop - start))

    def send(start: int, stop: int) -> torch.Tensor:
        assert old.send is not None
        assert new.send is not None
        return new.send(start, stop) - old.send(start, stop)

    sent = None if old.send is None or new.send is None else send
    return Matrix(new.rows, new.columns, read, largest, new.transposed, factors, device, sent)
