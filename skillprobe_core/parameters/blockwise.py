"""The pass over all elements of two tensors, block by block."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from .elementwise.block import Elementwise, Totals, add_up, make_block
from .elementwise.quantiles import BUCKETS, count, quantiles
from .kernel import FUSED, FusedTotals, compiled_kernel
from .registry import ELEMENTWISE
from .source import Source

# Elements that are read at once, and the part of them whose intermediate results fit into the cache.
_PIECE = 1 << 20
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Elements:
    """Result of the pass: totals for the elementwise families, quantiles, and the largest absolute values."""

    totals: Totals
    quantiles: dict[str, float | None]
    base_largest: float
    tensor_largest: float
    delta_largest: float

    @property
    def base_finite(self) -> bool:
        """True if all of the base's values are finite."""
        return math.isfinite(self.base_largest)

    @property
    def tensor_finite(self) -> bool:
        """True if all of the checkpoint's values are finite."""
        return math.isfinite(self.tensor_largest)


def pass_over(old: Source, new: Source, families: Sequence[Elementwise] = ELEMENTWISE) -> Elements:
    """Read both sources once, in parallel, for these families and the quantiles; the full set uses the compiled kernel.

    Stops at the first block with a value that is not finite.
    """
    if families is not ELEMENTWISE or compiled_kernel() is None:
        return _one_by_one(old, new, families)
    found = _fused(old, new)
    rest = [family for family in families if family.name not in FUSED]
    if rest and found.base_finite and found.tensor_finite:
        found = replace(found, totals={**_one_by_one(old, new, rest).totals, **found.totals})
    return found


def _one_by_one(old: Source, new: Source, families: Sequence[Elementwise]) -> Elements:
    """The pass with each family's own function, block by block."""
    totals: dict[str, npt.NDArray[np.float64]] = {"elements": np.asarray(float(new.shape[0] * new.shape[1]))}
    pivots = old.rows(0, 1).double().mean(), new.rows(0, 1).double().mean()
    totals |= {name: pivot.numpy() for name, pivot in zip(("base_pivot", "tensor_pivot"), pivots, strict=True)}
    counts = np.zeros(BUCKETS, dtype=np.int64)
    largest = [0.0, 0.0, 0.0]
    rows = max(1, _PIECE // new.shape[1])
    for start in range(0, new.shape[0], rows):
        stop = min(start + rows, new.shape[0])
        pieces = old.rows(start, stop), new.rows(start, stop)
        sizes = []
        for first, second in _blocks(*pieces):
            block = make_block(first, second, *pivots)
            found = (float(values.max()) for values in (block.base_size, block.tensor_size, block.delta_size))
            largest = [max(size, so_far) for so_far, size in zip(largest, found, strict=True)]
            if not all(math.isfinite(size) for size in largest[:2]):
                return Elements(totals, {}, *largest)
            for family in families:
                add_up(totals, family.partial(block))
            sizes.append(block.delta_size.float())
        counts += count(torch.cat(sizes))
    return Elements(totals, quantiles(counts), *largest)


def _fused(old: Source, new: Source) -> Elements:
    """The pass for all families with the compiled kernel."""
    rows, columns = new.shape
    pivots = [side.rows(0, 1).double().mean() for side in (old, new)]
    fused = FusedTotals(rows, columns, (float(pivots[0]), float(pivots[1])))
    step = max(1, _PIECE // columns)
    for start in range(0, rows, step):
        stop = min(start + step, rows)
        fused.add(old.rows(start, stop), new.rows(start, stop), start)
        if not np.isfinite(fused.largest[:2]).all():
            return Elements({}, {}, *fused.largest.tolist())
    totals = fused.totals() | {"elements": np.asarray(float(rows * columns))}
    totals |= {name: pivot.numpy() for name, pivot in zip(("base_pivot", "tensor_pivot"), pivots, strict=True)}
    return Elements(totals, quantiles(fused.histogram), *fused.largest.tolist())


def _blocks(old: torch.Tensor, new: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    step = max(1, _BLOCK // new.shape[1])
    starts = range(0, new.shape[0], step)
    return [(old[start : start + step], new[start : start + step]) for start in starts]
