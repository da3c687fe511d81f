"""The fused pass for tensors of float32, bfloat16 and float16: elementwise_kernel.c, compiled for this machine.

It computes the sums of the elementwise families in one read and releases Python's global lock. The families' own
functions are the definition: the kernel serves those of FUSED that give the same sums on a sample. They compute all
without a C compiler, and small tensors, for which the kernel's tables take longer than the pass. Its moments are taken
around zero, so tensors whose mean is not small compared with their spread are also left to them.
"""

from __future__ import annotations

import ctypes
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from skillprobe_core.machine.compiled import compiled_library
from skillprobe_core.measurements.parameters.elementwise.block import Partial, make_block
from skillprobe_core.measurements.parameters.elementwise.concentration import CONCENTRATION
from skillprobe_core.measurements.parameters.elementwise.moments import MOMENTS
from skillprobe_core.measurements.parameters.elementwise.norms import NORMS
from skillprobe_core.measurements.parameters.elementwise.quantiles import BUCKETS, bucket_of, count
from skillprobe_core.measurements.parameters.elementwise.sparsity import SPARSITY
from skillprobe_core.measurements.parameters.elementwise.tolerance import EXPONENTS, TOLERANCE

C_FILE = Path(__file__).with_name("elementwise_kernel.c")
# The functions whose sums the kernel computes.
FUSED: tuple[Partial, ...] = tuple(family.partial for family in (NORMS, MOMENTS, SPARSITY, TOLERANCE, CONCENTRATION))
# The order of the kernel's sums, by the families' names for them.
SUMS = (
    "base_squares", "squares", "delta_squares", "base_times_delta",
    "base_first", "base_second", "base_third", "base_fourth", "first", "second", "third", "fourth",
    "delta_first", "delta_second", "delta_third", "delta_fourth", "changed_relative", "changed_bf16", "changed_exact",
    "within_1e_8", "within_1e_7", "within_1e_6", "within_1e_5", "within_1e_4", "within_1e_3",
)  # fmt: skip
_KINDS = {torch.float32: 0, torch.bfloat16: 2, torch.float16: 3}
_TABLES, _TABLE = 4, BUCKETS + 272  # TABLES and TABLE of the C source
_SPARE_COLUMNS = 32
_MOST_ROWS = 32767
_TOLERANCES = np.array([10.0**-exponent for exponent in EXPONENTS])
# Below this many elements, clearing and adding up the histogram's tables takes longer than the pass saves.
LARGE = 1 << 16
_FEWEST_COLUMNS = 64
# The largest square of a mean, relative to the mean square, for which powers around zero keep their digits.
_CENTRED = 0.5


class KernelTotals:
    """The sums that the elementwise families need of two tensors of `rows` x `columns`, around zero."""

    def __init__(self, rows: int, columns: int) -> None:
        self.sums = np.zeros(len(SUMS))
        self.largest = np.zeros(3)
        self.row_updated = np.zeros(rows)
        self.column_updated = np.zeros(columns)
        self._columns = np.zeros(columns + _SPARE_COLUMNS, dtype=np.int16)
        self._tables = np.zeros((_TABLES, _TABLE), dtype=np.uint32)

    def add(self, base: torch.Tensor, tensor: torch.Tensor, first_row: int) -> None:
        """Add rows of both from `first_row` on; stops early if the largest value of a side is not finite."""
        for start in range(0, len(tensor), _MOST_ROWS):
            rows = slice(start, start + _MOST_ROWS)
            self._add(plain(base[rows]), plain(tensor[rows]), first_row + start)

    def _add(self, base: torch.Tensor, tensor: torch.Tensor, first_row: int) -> None:
        library = compiled_kernel()
        assert library is not None  # checked by `serves`
        rows, columns = tensor.shape
        library.add_large_rows(
            base.data_ptr(), tensor.data_ptr(), _KINDS[base.dtype], _KINDS[tensor.dtype], rows, columns,
            base.stride(0), tensor.stride(0), address(_TOLERANCES), address(self.sums), address(self.largest),
            address(self.row_updated[first_row:]), address(self._columns), address(self._tables),
        )  # fmt: skip
        self.column_updated += self._columns[: len(self.column_updated)]
        self._columns[:] = 0

    @cached_property
    def histogram(self) -> npt.NDArray[np.int64]:
        """The histogram of `quantiles.count`, once all rows are added."""
        # Counters wrap around at 2^32, which their sum undoes.
        counts: npt.NDArray[np.uint32] = self._tables[:, :BUCKETS].sum(axis=0, dtype=np.uint32)
        return counts.astype(np.int64)

    def totals(self) -> dict[str, npt.NDArray[np.float64]]:
        """The sums by the families' names."""
        found = {name: np.asarray(value) for name, value in zip(SUMS, self.sums, strict=True)}
        below = np.concatenate([[0], np.cumsum(self.histogram)])
        for exponent, tolerance in zip(EXPONENTS, _TOLERANCES, strict=True):
            name = f"within_1e_{exponent}"
            found[name] = found[name] + float(below[bucket_of(tolerance)])
        return found | {"row_updated": self.row_updated, "column_updated": self.column_updated}

    def is_centred(self) -> bool:
        """True if the means are small enough for moments around zero."""
        sums = dict(zip(SUMS, self.sums, strict=True))
        elements = len(self.row_updated) * len(self.column_updated)
        sides = ("base_", "", "delta_")
        return all(sums[f"{side}first"] ** 2 <= _CENTRED * elements * sums[f"{side}second"] for side in sides)


def serves(base: torch.dtype, tensor: torch.dtype, rows: int, columns: int) -> bool:
    """True if the kernel is there, and faster for two tensors of these types and this shape."""
    large = rows * columns >= LARGE and columns >= _FEWEST_COLUMNS and rows * columns < 1 << 31
    return large and torch.float64 not in (base, tensor) and compiled_kernel() is not None


@cache
def compiled_kernel() -> ctypes.CDLL | None:
    """The compiled function; None without a working C compiler."""
    library = compiled_library(C_FILE, "elementwise")
    if library is None:
        return None
    library.add_large_rows.argtypes = [*[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 6, *[ctypes.c_void_p] * 6]
    library.add_large_rows.restype = None
    return library


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor in one of the kernel's types, with the elements of a row next to each other."""
    if tensor.dtype not in _KINDS:
        tensor = tensor.float()  # exact for fp8
    return tensor if tensor.stride(1) == 1 else tensor.contiguous()


@cache
def agreeing() -> frozenset[Partial]:
    """The functions of FUSED that give the kernel's sums on a sample; one that was changed does not.

    Empty without the kernel, and where a histogram differs from `quantiles.count`.
    """
    if compiled_kernel() is None:
        return frozenset()
    places = torch.arange(1.0, 9001.0).reshape(50, 180)
    base = 0.02 * torch.sin(places)
    tensor = base * (1 + 10.0 ** -(1 + places % 7) * torch.cos(3 * places) * (places % 5 > 0))
    agree = frozenset(FUSED)
    for dtype in _KINDS:
        for moved in (tensor, torch.where(places % 7 == 0, tensor, base)):
            agree &= _agreeing(base.to(dtype), moved.to(dtype))
    return agree


def _agreeing(base: torch.Tensor, tensor: torch.Tensor) -> frozenset[Partial]:
    fused = KernelTotals(*base.shape)
    fused.add(base, tensor, 0)
    zero = torch.tensor(0.0, dtype=torch.float64)
    block = make_block(base, tensor, zero, zero)
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


def address(array: npt.NDArray[np.generic]) -> int:
    """The address of an array's first element."""
    return array.ctypes.data
