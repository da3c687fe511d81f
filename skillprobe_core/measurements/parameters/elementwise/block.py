"""One block of a tensor for the elementwise measures, and the accumulation of their sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from skillprobe_core.measurements.parameters.parameter_measure import Measure
from skillprobe_core.plugins import LAST

if TYPE_CHECKING:
    import torch

# A weight that changed by at most this share of its size counts as unchanged.
RELATIVE_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a tensor, two-dimensional, with quantities that several families use.

    Values as float64 and their absolute values; their bits after rounding to bf16; and the mask of `updated` weights,
    those with |w - w0| > 1e-3 max(|w|, |w0|) (arXiv 2511.08567). The pivots are numbers near the means of the whole
    tensors; moments around them do not lose digits.
    """

    base: torch.Tensor
    tensor: torch.Tensor
    delta: torch.Tensor
    base_size: torch.Tensor
    tensor_size: torch.Tensor
    delta_size: torch.Tensor
    updated: torch.Tensor
    base_bf16: torch.Tensor
    tensor_bf16: torch.Tensor
    base_pivot: torch.Tensor
    tensor_pivot: torch.Tensor


def make_block(base: torch.Tensor, tensor: torch.Tensor, base_pivot: torch.Tensor, tensor_pivot: torch.Tensor) -> Block:
    """The block of two stored pieces of equal shape, of any floating-point type."""
    base64, tensor64 = base.double(), tensor.double()
    delta = tensor64 - base64
    sizes = base64.abs(), tensor64.abs(), delta.abs()
    updated = sizes[2] > sizes[0].maximum(sizes[1]).mul_(RELATIVE_TOLERANCE)
    bits = bf16_bits(base), bf16_bits(tensor)
    return Block(base64, tensor64, delta, *sizes, updated, *bits, base_pivot, tensor_pivot)


def bf16_bits(values: torch.Tensor) -> torch.Tensor:
    """Bits of finite values rounded to bf16, to nearest even, as integers.

    Rounds on the bits, since a compiler may drop a conversion to bf16 and back.
    """
    import torch

    if values.dtype == torch.bfloat16:
        return values.view(torch.int16)
    bits = values.float().view(torch.int32)
    return (((bits >> 16) & 1) + bits).add_(0x7FFF).bitwise_right_shift_(16)


@dataclass(frozen=True, slots=True)
class Elementwise:
    """A family of measures: its partial results for a block, and the measures computed from them.

    `partial` gives named tensors for a block. The first word of a name sets how blocks are combined: `max_` takes the
    maximum over blocks (shape ()), `column_` sums one value per column (shape (columns,)), `row_` keeps one value per
    row (shape (rows,)), and everything else is summed (shape ()). `finish` gets the totals as float64 arrays, with
    `elements`, `base_pivot` and `tensor_pivot`, and returns None for an undefined measure (a quotient by zero).
    `of_whole` are measures of several tensors together that a single tensor does not have. `order` is
    the place of the family's columns among the families'.
    """

    name: str
    measures: tuple[Measure, ...]
    partial: Partial
    finish: Callable[[Totals], dict[str, float | None]]
    of_whole: tuple[Measure, ...] = ()
    order: int = LAST


@dataclass(frozen=True, slots=True)
class Distribution:
    """A family of measures of the distribution of |D|: `finish` gets its histogram (quantiles.py) and its maximum.

    `order` is the place of the family's columns among the families'.
    """

    name: str
    measures: tuple[Measure, ...]
    finish: Callable[[npt.NDArray[np.int64], float], dict[str, float | None]]
    of_whole: tuple[Measure, ...] = ()
    order: int = LAST


Totals = Mapping[str, npt.NDArray[np.float64]]
Partial = Callable[[Block], dict[str, "torch.Tensor"]]


def add_up(totals: dict[str, npt.NDArray[np.float64]], partial: Mapping[str, torch.Tensor]) -> None:
    """Add one block's partial results to the totals, in place."""
    for name, tensor in partial.items():
        value = tensor.numpy().astype(np.float64)
        if name not in totals:
            totals[name] = value
        elif name.startswith("max_"):
            totals[name] = np.maximum(totals[name], value)
        elif name.startswith("row_"):
            totals[name] = np.concatenate([totals[name], value])
        else:
            totals[name] = totals[name] + value


def count(mask: torch.Tensor) -> torch.Tensor:
    """Number of true elements, as float64."""
    return mask.count_nonzero().double()


def dot(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Sum of the products of two float64 blocks, without a block of products."""
    return first.flatten().dot(second.flatten())


def ratio(numerator: float, denominator: float) -> float | None:
    """The quotient, None if the denominator is zero."""
    return float(numerator / denominator) if denominator else None
