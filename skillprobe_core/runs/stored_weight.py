"""A weight as files hold it: one stored tensor, or codes with their scales and other parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scheme = Literal[
    "plain",
    "float8",
    "mxfp4",
    "integer",
    "packed",
    "packed_nvfp4",
    "packed_mxfp4",
    "gptq",
    "awq",
    "int8_rows",
    "four_bit_blocks",
]


@dataclass(frozen=True, slots=True)
class Stored:
    """The stored tensors that give a weight's values.

    names: one tensor, or the codes, their scales and further parts. block: rows and columns that share a scale; for
    `four_bit_blocks` the number of elements that share a scale, and of scales that share an outer scale. parts: the
    role of each further name after the scales. bits: bits of a packed code. offset: added to stored zero points of
    GPTQ, and to nested scales of bitsandbytes.
    """

    scheme: Scheme
    names: tuple[str, ...]
    block: tuple[int, int] = (1, 1)
    parts: tuple[str, ...] = ()
    bits: int = 0
    offset: float = 0


@dataclass(frozen=True, slots=True)
class Weight:
    """A weight before it has a canonical name. codes: the stored tensor that holds it; see `LogicalTensor`."""

    codes: str
    shape: tuple[int, ...]
    dtype: str
    stored: Stored
    unreadable: str = ""


def shared_block(
    shape: tuple[int, ...], grid: tuple[int, ...], stated: tuple[int, int] | None = None
) -> tuple[int, int] | None:
    """Rows and columns that share a scale; None if the grid of scales does not fit the shape.

    Args:
        shape: Shape of the codes; the last two dimensions are rows and columns.
        grid: Shape of the scales.
        stated: Rows and columns of a block as the configuration states them, for blocks that do not divide the shape.
    """
    if len(shape) < 2:
        return None
    rows, columns = shape[-2:]
    if all(size == 1 for size in grid):
        return rows, columns
    if len(grid) == 1:
        grid = (*grid, 1)
    if grid[:-2] not in (shape[:-2], (1,) * len(shape[:-2])) or len(grid) != len(shape):
        return None
    block = []
    for size, parts, known in zip((rows, columns), grid[-2:], stated or (None, None), strict=True):
        if parts == 1:
            block.append(size)
        elif known is not None and -(-size // known) == parts:
            block.append(known)
        elif parts and size % parts == 0:
            block.append(size // parts)
        else:
            return None
    return block[0], block[1]
