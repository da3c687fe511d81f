"""The fused CPU kernel: divergence_kernel.c, compiled once for this machine and called on both models' logits.

It computes functions of measures.py several times faster, since each row of logits is read from the cache in three
passes and intermediate results are never stored. The functions are the definition: the kernel is used for a measure
only if its function is one of FUSED and gives the same values on a sample. Without a C compiler, or for logits on
another device, all measures are computed by their functions.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from skillprobe_core.machine.compiled import compiled_library

from . import token_measures as measures
from .divergence_measure import TokenFunction
from .logit_pair import LogitPair

# The functions that the kernel was written for, in the order of its results.
FUSED: tuple[TokenFunction, ...] = (
    measures.forward_kl, measures.reverse_kl, measures.js, measures.tv, measures.base_entropy, measures.entropy_change,
    measures.top1_agreement, measures.top10_overlap, measures.base_rank, measures.checkpoint_rank,
    measures.base_log_prob, measures.checkpoint_log_prob,
)  # fmt: skip
C_FILE = Path(__file__).with_name("divergence_kernel.c")


def fused_measures(pair: LogitPair) -> dict[TokenFunction, Tensor]:
    """The kernel's values at every token for the functions of FUSED that it agrees with; empty if it cannot run."""
    found = run_kernel(pair)
    return {function: found[function] for function in _agreeing() if function in found} if found else {}


def run_kernel(pair: LogitPair) -> dict[TokenFunction, Tensor]:
    """The kernel's values at every token for all functions of FUSED; empty if it cannot run.

    Rows are divided among `torch.get_num_threads()` threads; the result does not depend on their number.
    """
    rows, size = pair.base.shape
    if pair.base.device.type != "cpu" or (kernel := compiled_kernel()) is None:
        return {}
    if any(logits.dtype != torch.float32 or logits.stride(1) != 1 for logits in (pair.base, pair.checkpoint)):
        return {}
    token = pair.token.contiguous()
    out = torch.empty(rows, len(FUSED))
    threads = max(1, min(torch.get_num_threads(), rows))

    def run(first: int, last: int) -> None:
        scratch = torch.empty(2 * size)
        kernel(
            pair.base[first:last].data_ptr(), pair.checkpoint[first:last].data_ptr(), token[first:last].data_ptr(),
            last - first, size, pair.base.stride(0), pair.checkpoint.stride(0),
            scratch.data_ptr(), out[first:last].data_ptr(),
        )  # fmt: skip

    bounds = [rows * i // threads for i in range(threads + 1)]
    if threads == 1:
        run(0, rows)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, bounds[:-1], bounds[1:]))
    return dict(zip(FUSED, out.unbind(1), strict=True))


@cache
def _agreeing() -> frozenset[TokenFunction]:
    """The functions of FUSED that give the kernel's values on a sample; a function that was changed does not."""
    rows = torch.arange(8.0).unsqueeze(1)
    places = torch.arange(97.0)
    base = 5 * torch.sin((rows + 2) * places + rows)
    moves = torch.tensor([0.0, 1e-3, 1e-3, 0.1, 1.0, 1.0, 10.0, 50.0]).unsqueeze(1)
    sample = LogitPair(base, base + moves * torch.cos((rows + 3) * places), torch.arange(8) * 11)
    found = run_kernel(sample)
    return frozenset(function for function, values in found.items() if _same(values, function(sample)))


def _same(values: Tensor, defined: Tensor) -> bool:
    return values.shape == defined.shape and torch.allclose(values, defined.float(), rtol=1e-4, atol=1e-5)


@cache
def compiled_kernel() -> Callable[..., Any] | None:
    """The C function, compiled unless it is in this user's cache; None without a working C compiler."""
    library = compiled_library(C_FILE, "divergence")
    if library is None:
        return None
    function = library.measure_rows
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    function.argtypes = [pointer, pointer, pointer, integer, integer, integer, integer, pointer, pointer]
    function.restype = None
    return function
