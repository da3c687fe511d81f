"""The number type in which a processor runs a model fast: read from the library, or measured in milliseconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .processor import memory_bytes, processor_name

if TYPE_CHECKING:
    import torch

# Below this ratio of times the stored type is kept: it needs half the memory, and no bit of the weights changes.
SLOW = 1.5
# Share of the machine's memory that weights in float32 may take; the rest is for the cache and for other processes.
_MOST_MEMORY = 0.7
_ROWS, _WIDTH, _REPEATS = 64, 512, 7


@dataclass(frozen=True, slots=True)
class NumberType:
    """A number type by torch's name (`float32`, `bfloat16` or `float16`), and why a model is run in it."""

    dtype: str
    reason: str

    @property
    def torch(self) -> torch.dtype:
        """The type as torch's."""
        import torch

        found = getattr(torch, self.dtype)
        assert isinstance(found, torch.dtype)
        return found


def fast_number_type(stored: str, parameters: int, device: torch.device) -> NumberType:
    """Choose the type in which `device` runs a model: the stored one, or float32 where that is clearly faster.

    On a CPU a matrix product is timed in both types (a few milliseconds, once per process). A CUDA device
    reports if it has instructions for bfloat16. Other devices take the stored type.

    Args:
        stored: Type of most of the stored weights, by torch's name. Types of more than 16 bits are run in float32.
        parameters: Number of stored weights, which says how much memory float32 takes.
        device: Where the model will run.

    Returns:
        The type and the reason for it, in one phrase.
    """
    if stored not in ("bfloat16", "float16"):
        return NumberType("float32", "the stored type" if stored == "float32" else f"the weights are {stored}")
    name = processor_name(device)
    if device.type == "cpu":
        times = slowdown(stored)
        if times <= SLOW:
            return NumberType(stored, f"the stored type; a product takes {times:.2g} times float32's time on {name}")
        needed, there = 4 * parameters, memory_bytes()
        if needed > _MOST_MEMORY * there:
            return NumberType(
                stored, f"the stored type; float32 is faster on {name} but needs {needed / 1e9:.0f} GB of memory"
            )
        return NumberType("float32", f"a product in {stored} takes {times:.2g} times float32's time on {name}")
    if device.type == "cuda" and stored == "bfloat16" and not _has_bfloat16(device):
        return NumberType("float32", f"{name} has no bfloat16 instructions")
    return NumberType(stored, "the stored type")


def bfloat16_is_fast() -> bool:
    """Report if this CPU multiplies bfloat16 about as fast as float32, or faster."""
    return slowdown("bfloat16") <= SLOW


@cache
def slowdown(dtype: str) -> float:
    """Time of a matrix product on this CPU in `dtype` (torch's name), as a multiple of its time in float32."""
    single, other = product_seconds("float32", dtype)
    return other / single


def product_seconds(*dtypes: str) -> list[float]:
    """Processor seconds of a matrix product (64 × 512 by 512 × 512) on one core, for each type by torch's name."""
    import torch

    # One thread, and its own time: where other processes have a core, threads wait for each other, and for them.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _fastest_products(dtypes)
    finally:
        torch.set_num_threads(before)


def _fastest_products(dtypes: Sequence[str]) -> list[float]:
    import torch

    generator = torch.Generator().manual_seed(0)
    states = torch.randn(_ROWS, _WIDTH, generator=generator)
    weight = torch.randn(_WIDTH, _WIDTH, generator=generator)
    types = [NumberType(dtype, "").torch for dtype in dtypes]
    operands = [(states.to(each), weight.to(each)) for each in types]
    best = [float("inf")] * len(types)
    for _ in range(_REPEATS):
        for i, (left, right) in enumerate(operands):
            started = time.thread_time()
            torch.nn.functional.linear(left, right)
            best[i] = min(best[i], time.thread_time() - started)
    return best


def _has_bfloat16(device: torch.device) -> bool:
    import torch

    with torch.cuda.device(device):
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
