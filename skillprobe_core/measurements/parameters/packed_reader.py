"""Codes of a few bits in words, codes with a grid of scales and zero points, and 4-bit codes in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .matrix_reader import MatrixReader


@dataclass(frozen=True, slots=True)
class Packed:
    """Unsigned codes of `bits` bits, packed along the columns of a matrix of words.

    words: (rows, words) of int32 or uint8. size: number of columns of codes. order: the place in its word of each code,
    from the lowest bits; empty for codes in their own order. values: the number that each code stands for.
    """

    words: torch.Tensor
    bits: int
    size: int
    order: tuple[int, ...] = ()
    values: torch.Tensor | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.words.shape[0], self.size

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The codes of the rows from `start` to `stop`, or what they stand for."""
        return self._unpacked(self.words[start:stop])[:, : self.size]

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The codes of the columns from `start` to `stop`, or what they stand for."""
        per_word = 8 * self.words.element_size() // self.bits
        first, last = start // per_word, -(-min(stop, self.size) // per_word)
        codes = self._unpacked(self.words[:, first:last])
        return codes[:, start - first * per_word : min(stop, self.size) - first * per_word]

    def _unpacked(self, words: torch.Tensor) -> torch.Tensor:
        places = self.order or range(8 * words.element_size() // self.bits)
        shifts = torch.tensor([self.bits * place for place in places], dtype=words.dtype)
        codes = ((words.unsqueeze(-1) >> shifts) & ((1 << self.bits) - 1)).flatten(-2)
        return codes if self.values is None else self.values[codes.int()]


@dataclass(frozen=True, slots=True)
class Raised:
    """Another matrix of codes plus a number."""

    matrix: MatrixReader
    by: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.matrix.shape

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`."""
        return self.matrix.rows(start, stop) + self.by

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`."""
        return self.matrix.columns(start, stop) + self.by


@dataclass(frozen=True, slots=True)
class Scaled:
    """Codes with a grid of scales: W = (codes - zero) · scale, in float32.

    scales: (rows, columns) of the grid. places: the grid's row of each row, and the grid's column of each column.
    zeros: zero points in the same grid; without them `zero` is that of all codes. divisor: one number that divides the
    scales first. factor: one number that multiplies the products.
    """

    codes: MatrixReader
    scales: torch.Tensor
    places: tuple[torch.Tensor, torch.Tensor]
    zeros: MatrixReader | None = None
    zero: int = 0
    divisor: torch.Tensor | None = None
    factor: float | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.codes.shape

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, as float32."""
        rows, columns = self.places[0][start:stop], self.places[1]
        first, last = int(rows.min()), int(rows.max()) + 1
        zeros = None if self.zeros is None else self.zeros.rows(first, last)
        return self._values(self.codes.rows(start, stop), self.scales[first:last], zeros, (rows - first, columns))

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, as float32."""
        rows, columns = self.places[0], self.places[1][start:stop]
        first, last = int(columns.min()), int(columns.max()) + 1
        zeros = None if self.zeros is None else self.zeros.columns(first, last)
        scales = self.scales[:, first:last]
        return self._values(self.codes.columns(start, stop), scales, zeros, (rows, columns - first))

    def _values(
        self,
        codes: torch.Tensor,
        scales: torch.Tensor,
        zeros: torch.Tensor | None,
        places: tuple[torch.Tensor, torch.Tensor],
    ) -> torch.Tensor:
        values = codes.float()
        if zeros is not None:
            values -= _spread(zeros.float(), places)
        elif self.zero:
            values -= self.zero
        scales = scales.float()
        if self.divisor is not None:
            scales = scales / self.divisor
        values = values * _spread(scales, places)
        return values if self.factor is None else values * self.factor


@dataclass(frozen=True, slots=True)
class FourBitBlocks:
    """4-bit codes of bitsandbytes: every `block` consecutive elements of the matrix share a scale.

    codes: the values of the codes. scales: one number per block, in float32.
    """

    codes: Packed
    scales: torch.Tensor
    block: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.codes.shape

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, as float32."""
        rows, columns = (range(size) for size in self.shape)
        return self.codes.rows(start, stop) * self._scales(rows[start:stop], columns)

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, as float32."""
        rows, columns = (range(size) for size in self.shape)
        return self.codes.columns(start, stop) * self._scales(rows, columns[start:stop])

    def _scales(self, rows: range, columns: range) -> torch.Tensor:
        first = torch.arange(rows.start, rows.stop)[:, None] * self.shape[1]
        return self.scales[(first + torch.arange(columns.start, columns.stop)) // self.block]


def _spread(grid: torch.Tensor, places: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    """The grid's number for every row and column; a single row or column of the grid stays one, to be broadcast."""
    for dimension, place in enumerate(places):
        if grid.shape[dimension] > 1:
            grid = grid.index_select(dimension, place)
    return grid
