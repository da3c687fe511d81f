"""The pass over all elements of two tensors, block by block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from skillprobe_core.measurements.parameters.elementwise.block import Elementwise, Totals, add_up, make_block
from skillprobe_core.measurements.parameters.elementwise.quantiles import BUCKETS, count

from .elementwise_kernel import LARGE, KernelTotals, agreeing, serves
from .elementwise_on_device import sums_on_device
from .matrix_reader import MatrixReader
from .parameter_registry import elementwise

# Elements that are read at once, and the part of them whose intermediate results fit into the cache.
_PIECE = 1 << 20
_BLOCK = 1 << 16


class Largest(NamedTuple):
    """The largest absolute values of W0, of W and of D."""

    base: float
    tensor: float
    delta: float


@dataclass(frozen=True, slots=True)
class Elements:
    """Result of the pass: totals of the elementwise families, the histogram of |D|, and the largest absolute values.

    Totals and histogram are incomplete if a value is not finite.
    """

    totals: Totals
    histogram: npt.NDArray[np.int64]
    largest: Largest

    @property
    def base_finite(self) -> bool:
        """True if all of the base's values are finite."""
        return math.isfinite(self.largest.base)

    @property
    def tensor_finite(self) -> bool:
        """True if all of the checkpoint's values are finite."""
        return math.isfinite(self.largest.tensor)


def pass_over(
    old: MatrixReader, new: MatrixReader, families: Sequence[Elementwise] | None = None, *, device: str | None = None
) -> Elements:
    """Read both matrices once, block by block, for these families (default: all).

    With a `device` the sums of large tensors are made there by the families' functions. On the processor the compiled
    kernel serves those whose functions it agrees with, if it serves the tensors. The others are computed by their
    functions. Stops at the first block with a value that is not finite, on a device at the end.
    """
    families = elementwise() if families is None else families
    if device is not None and new.shape[0] * new.shape[1] >= LARGE:
        sums = sums_on_device(old, new, families, pivots := _means_of_first_rows(old, new), device)
        if sums is not None:
            totals, histogram, largest = sums
            return Elements({**_origin(new, pivots), **totals}, histogram, Largest(*largest))
    rest = [family for family in families if family.partial not in agreeing()]
    found = _by_kernel(old, new) if len(rest) < len(families) else None
    if found is None:
        return pass_by_functions(old, new, families)
    if rest and found.base_finite and found.tensor_finite:
        found = replace(found, totals={**found.totals, **pass_by_functions(old, new, rest, (0.0, 0.0)).totals})
    return found


def pass_by_functions(
    old: MatrixReader, new: MatrixReader, families: Sequence[Elementwise], pivots: tuple[float, float] | None = None
) -> Elements:
    """The pass with each family's own function, for moments around `pivots` (default: the means of the first rows)."""
    base_pivot, tensor_pivot = pivots or _means_of_first_rows(old, new)
    totals = _origin(new, (base_pivot, tensor_pivot))
    around = [torch.tensor(pivot, dtype=torch.float64) for pivot in (base_pivot, tensor_pivot)]
    counts = np.zeros(BUCKETS, dtype=np.int64)
    largest = [0.0, 0.0, 0.0]
    rows = max(1, _PIECE // new.shape[1])
    for start in range(0, new.shape[0], rows):
        stop = min(start + rows, new.shape[0])
        pieces = old.rows(start, stop), new.rows(start, stop)
        sizes = []
        for first, second in _blocks(*pieces):
            block = make_block(first, second, *around)
            found = (float(values.max()) for values in (block.base_size, block.tensor_size, block.delta_size))
            largest = [max(size, so_far) for so_far, size in zip(largest, found, strict=True)]
            if not all(math.isfinite(size) for size in largest[:2]):
                return Elements(totals, counts, Largest(*largest))
            for family in families:
                add_up(totals, family.partial(block))
            sizes.append(block.delta_size.float())
        counts += count(torch.cat(sizes))
    return Elements(totals, counts, Largest(*largest))


def _by_kernel(old: MatrixReader, new: MatrixReader) -> Elements | None:
    """The pass for all families with the compiled kernel; None for tensors that it does not serve."""
    rows, columns = new.shape
    if not serves(old.rows(0, 1).dtype, new.rows(0, 1).dtype, rows, columns):
        return None
    fused = KernelTotals(rows, columns)
    found = _filled(fused, old, new)
    return found if fused.is_centred() or not (found.base_finite and found.tensor_finite) else None


def _origin(matrix: MatrixReader, pivots: tuple[float, float]) -> dict[str, npt.NDArray[np.float64]]:
    """The totals that no block gives: the number of elements, and the pivots."""
    elements = float(matrix.shape[0] * matrix.shape[1])
    numbers = {"elements": elements, "base_pivot": pivots[0], "tensor_pivot": pivots[1]}
    return {name: np.asarray(number) for name, number in numbers.items()}


def _means_of_first_rows(old: MatrixReader, new: MatrixReader) -> tuple[float, float]:
    return float(old.rows(0, 1).double().mean()), float(new.rows(0, 1).double().mean())


def _filled(fused: KernelTotals, old: MatrixReader, new: MatrixReader) -> Elements:
    rows, columns = new.shape
    step = max(1, _PIECE // columns)
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        fused.add(old.rows(start, stop), new.rows(start, stop), start)
        if not np.isfinite(fused.largest[:2]).all():
            return Elements({}, fused.histogram, Largest(*fused.largest.tolist()))
    totals = fused.totals() | _origin(new, (0.0, 0.0))
    return Elements(totals, fused.histogram, Largest(*fused.largest.tolist()))


def _blocks(old: torch.Tensor, new: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    step = max(1, _BLOCK // new.shape[1])
    starts = range(0, new.shape[0], step)
    return [(old[start : start + step], new[start : start + step]) for start in starts]
