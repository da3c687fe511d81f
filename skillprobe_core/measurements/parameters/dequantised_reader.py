"""Quantised weights as matrices: codes times scales, computed piece by piece in float32."""

from __future__ import annotations

from dataclasses import dataclass

import torch

# The values of e2m1 codes: sign, two bits of exponent, one of mantissa (OCP Microscaling Formats 1.0).
_SIZES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
E2M1 = torch.tensor([*_SIZES, *(-value for value in _SIZES)])
_GROUP = 32


@dataclass(frozen=True, slots=True)
class Float8:
    """Float8 codes with one scale per block: W = codes · scale, as transformers dequantises it.

    codes: (rows, columns). scales: (blocks of rows, blocks of columns). block: rows and columns that share a scale.
    """

    codes: torch.Tensor
    scales: torch.Tensor
    block: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.codes.shape[0], self.codes.shape[1]

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, as float32."""
        rows, columns = (range(size) for size in self.shape)
        return self.codes[start:stop].float() * self._scales(rows[start:stop], columns)

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, as float32."""
        rows, columns = (range(size) for size in self.shape)
        return self.codes[:, start:stop].float() * self._scales(rows, columns[start:stop])

    def _scales(self, rows: range, columns: range) -> torch.Tensor:
        places = [
            torch.arange(each.start, each.stop) // size for each, size in zip((rows, columns), self.block, strict=True)
        ]
        return self.scales.float()[places[0][:, None], places[1][None, :]]


@dataclass(frozen=True, slots=True)
class Mxfp4:
    """MXFP4: 32 codes of four bits, the low half of a byte first, share the power of two that their scale names.

    blocks: (rows, groups, 16) of uint8. scales: (rows, groups) of uint8, biased by 127.
    """

    blocks: torch.Tensor
    scales: torch.Tensor

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.blocks.shape[0], self.blocks.shape[1] * _GROUP

    def rows(self, start: int, stop: int) -> torch.Tensor:
        """The rows from `start` to `stop`, as float32."""
        return _decoded(self.blocks[start:stop], self.scales[start:stop])

    def columns(self, start: int, stop: int) -> torch.Tensor:
        """The columns from `start` to `stop`, as float32."""
        first, last = start // _GROUP, -(-stop // _GROUP)
        values = _decoded(self.blocks[:, first:last], self.scales[:, first:last])
        return values[:, start - first * _GROUP : stop - first * _GROUP]


def _decoded(blocks: torch.Tensor, scales: torch.Tensor) -> torch.Tensor:
    codes = torch.stack([blocks & 0xF, blocks >> 4], dim=-1).flatten(-2)
    values = torch.ldexp(E2M1[codes.int()], scales.int().unsqueeze(-1) - 127)
    return values.flatten(-2)
