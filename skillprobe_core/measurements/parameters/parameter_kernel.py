"""The fused passes: parameter_kernel.c, compiled once for this machine. Without a C compiler torch and NumPy are used.

The first computes the sums of the elementwise families in one read, the second counts the updated weights in the masks.
Both release Python's global lock. The families' own functions are the definition: the kernel serves those of FUSED that
give the same sums on a sample, and spectral/masks.py compares its counts in the same way.
"""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from skillprobe_core.machine.compiled import compiled_library
from skillprobe_core.measurements.parameters.elementwise.block import Partial, make_block
from skillprobe_core.measurements.parameters.elementwise.concentration import CONCENTRATION
from skillprobe_core.measurements.parameters.elementwise.moments import MOMENTS
from skillprobe_core.measurements.parameters.elementwise.norms import NORMS
from skillprobe_core.measurements.parameters.elementwise.quantiles import BUCKETS, count
from skillprobe_core.measurements.parameters.elementwise.sparsity import SPARSITY
from skillprobe_core.measurements.parameters.elementwise.tolerance import TOLERANCE

from .elementwise_kernel import SUMS, LargeTotals, address, large_kernel, plain

C_FILE = Path(__file__).with_name("parameter_kernel.c")
# The functions whose sums the kernel computes.
FUSED: tuple[Partial, ...] = tuple(family.partial for family in (NORMS, MOMENTS, SPARSITY, TOLERANCE, CONCENTRATION))
_SPARE = 8  # places after the histogram that the kernel uses for counting
_KINDS = {torch.float32: 0, torch.float64: 1, torch.bfloat16: 2}


class FusedTotals:
    """The sums that the elementwise families need of two tensors of `rows` x `columns`, accumulated piece by piece."""

    def __init__(self, rows: int, columns: int, pivots: tuple[float, float]) -> None:
        self.sums = np.zeros(len(SUMS))
        self.largest = np.zeros(3)
        self.row_updated = np.zeros(rows)
        self.column_updated = np.zeros(columns)
        self._counts = np.zeros(BUCKETS + _SPARE, dtype=np.int64)
        self.histogram = self._counts[:BUCKETS]
        self._pivots = np.asarray(pivots)

    def add(self, base: torch.Tensor, tensor: torch.Tensor, first_row: int) -> None:
        """Add rows of both from `first_row` on; stops early if the largest value of a side is not finite."""
        library = compiled_kernel()
        assert library is not None  # checked by the code that creates totals
        base, tensor = plain(base, _KINDS), plain(tensor, _KINDS)
        rows, columns = tensor.shape
        library.add_rows(
            base.data_ptr(), tensor.data_ptr(), _KINDS[base.dtype], _KINDS[tensor.dtype], rows, columns,
            base.stride(0), tensor.stride(0), address(self._pivots), address(self.sums), address(self.largest),
            address(self.row_updated[first_row:]), address(self.column_updated), address(self._counts),
        )  # fmt: skip

    def totals(self) -> dict[str, npt.NDArray[np.float64]]:
        """The sums by the families' names."""
        found = {name: np.asarray(value) for name, value in zip(SUMS, self.sums, strict=True)}
        return found | {"row_updated": self.row_updated, "column_updated": self.column_updated}


@cache
def agreeing() -> frozenset[Partial]:
    """The functions of FUSED that give the kernels' sums on a sample; one that was changed does not.

    Empty without the kernel, and where a histogram differs from `quantiles.count`.
    """
    if compiled_kernel() is None:
        return frozenset()
    places = torch.arange(1.0, 9001.0).reshape(50, 180)
    base = 0.02 * torch.sin(places)
    tensor = base * (1 + 10.0 ** -(1 + places % 7) * torch.cos(3 * places) * (places % 5 > 0))
    agree = _agreeing(base, tensor, FusedTotals(50, 180, (0.01, 0.02)), (0.01, 0.02))
    for dtype in (torch.float32, torch.bfloat16, torch.float16) if large_kernel() is not None else ():
        for moved in (tensor, torch.where(places % 7 == 0, tensor, base)):
            sample = base.to(dtype), moved.to(dtype)
            agree &= _agreeing(*sample, LargeTotals(50, 180), (0.0, 0.0))
    return agree


def _agreeing(
    base: torch.Tensor,
    tensor: torch.Tensor,
    fused: FusedTotals | LargeTotals,
    pivots: tuple[float, float],
) -> frozenset[Partial]:
    fused.add(base, tensor, 0)
    block = make_block(base, tensor, *(torch.tensor(pivot, dtype=torch.float64) for pivot in pivots))
    if not np.array_equal(fused.histogram, count(block.delta_size.float())):
        return frozenset()
    found = fused.totals()
    return frozenset(
        partial
        for partial in FUSED
        if all(_same(found.get(name), value.numpy()) for name, value in partial(block).items())
    )


def _same(found: npt.NDArray[np.float64] | None, defined: npt.NDArray[np.generic]) -> bool:
    return found is not None and found.shape == defined.shape and np.allclose(found, defined, rtol=1e-9, atol=1e-15)


def fused_mask_counts(
    base: npt.NDArray[np.float64],
    tensor: npt.NDArray[np.float64],
    principal: npt.NDArray[np.float32],
    high: float,
    low: float,
) -> npt.NDArray[np.float64] | None:
    """The counts of `spectral.masks.mask_counts`; None without the kernel."""
    library = compiled_kernel()
    if library is None:
        return None
    base, tensor = np.ascontiguousarray(base), np.ascontiguousarray(tensor)
    principal = np.ascontiguousarray(principal)
    counts = np.zeros(5)
    library.count_masks(address(base), address(tensor), address(principal), base.size, high, low, address(counts))
    return counts


@cache
def compiled_kernel() -> ctypes.CDLL | None:
    """The compiled functions; None without a working C compiler."""
    library = compiled_library(C_FILE, "parameters")
    if library is None:
        return None
    pointer, integer, real = ctypes.c_void_p, ctypes.c_int64, ctypes.c_double
    library.add_rows.argtypes = [pointer, pointer, *[integer] * 6, *[pointer] * 6]
    library.count_masks.argtypes = [pointer, pointer, pointer, integer, real, real, pointer]
    library.add_rows.restype = library.count_masks.restype = None
    return library
