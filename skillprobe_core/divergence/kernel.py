"""The fused CPU kernel: kernel.c, compiled once for this machine and called on both models' logits.

It computes the measures defined in measures.py, several times faster, since each row of logits is read from the cache
in three passes and intermediate results are never stored. Without a C compiler, or for logits on another device, the
functions of measures.py are used.
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

from skillprobe_core.native import compiled_library

from .measures import LogitPair

FUSED = (
    "forward_kl", "reverse_kl", "js", "tv", "base_entropy", "entropy_change", "top1_agreement", "top10_overlap",
    "base_rank", "checkpoint_rank", "base_log_prob", "checkpoint_log_prob",
)  # fmt: skip
SOURCE = Path(__file__).with_name("kernel.c")


def fused_measures(pair: LogitPair) -> dict[str, Tensor] | None:
    """The measures named in FUSED at every token, or None if the kernel cannot run.

    Rows are divided among `torch.get_num_threads()` threads; the result does not depend on their number.
    """
    rows, size = pair.base.shape
    if pair.base.device.type != "cpu" or (kernel := compiled_kernel()) is None:
        return None
    if any(logits.dtype != torch.float32 or logits.stride(1) != 1 for logits in (pair.base, pair.checkpoint)):
        return None
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
def compiled_kernel() -> Callable[..., Any] | None:
    """The C function, compiled unless it is in this user's cache; None without a working C compiler."""
    library = compiled_library(SOURCE, "divergence")
    if library is None:
        return None
    function = library.measure_rows
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    function.argtypes = [pointer, pointer, pointer, integer, integer, integer, integer, pointer, pointer]
    function.restype = None
    return function
