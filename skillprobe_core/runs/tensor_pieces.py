"""Matrices of stored tensors: a complete tensor, one expert of a stack, one of its projections, or some rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from .logical_tensors import LogicalTensor
from .vocabulary_rows import Rows


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a tensor that is compared.

    expert: number of an expert in a stack. half: the gate or the up projection, where a stack holds both. transposed:
    True if the stack holds its matrices as (in, out) and they are compared as (out, in). rows: rows of tokens.
    """

    expert: int | None = None
    half: Literal["", "gate", "up"] = ""
    transposed: bool = False
    rows: Rows | None = None


COMPLETE = Part()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a tensor, as one matrix."""

    tensor: LogicalTensor
    part: Part = COMPLETE

    @property
    def label(self) -> str:
        """The tensor's name with the number and the projection of an expert."""
        expert = "" if self.part.expert is None else f"[{self.part.expert}]"
        return self.tensor.name + expert + (f".{self.part.half}" if self.part.half else "")

    @property
    def component_name(self) -> str:
        """The canonical name, with the projection of a divided expert."""
        return f"{self.tensor.key}[{self.part.expert}].{self.part.half}" if self.part.half else self.tensor.key

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the part, in the orientation in which it is compared."""
        shape = self.tensor.shape if self.part.expert is None else self.tensor.shape[1:]
        if self.part.transposed:
            shape = shape[::-1]
        if self.part.half:
            shape = (shape[0] // 2, *shape[1:])
        return shape if self.part.rows is None else (len(self.part.rows), *shape[1:])

    @property
    def elements(self) -> int:
        """Number of weights; 0 if it is not known."""
        return 0 if self.tensor.unreadable else math.prod(self.shape)
