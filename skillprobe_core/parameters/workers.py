"""Tensors taken in parallel by threads, one core each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Result = TypeVar("Result")


def in_parallel(jobs: Sequence[Callable[[], Result]], workers: int | None = None) -> list[Result]:
    """The jobs' results in order, computed by so many threads (by default one a core) with one BLAS thread each.

    Many tensors at once use all cores better than one tensor at a time with many threads, and a result does not
    depend on how many there are. The first error ends the rest.
    """
    threads = workers or len(os.sched_getaffinity(0))
    before = torch.get_num_threads()
    try:
        with (
            threadpool_limits(1, user_api="blas"),
            ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        ):
            futures = [pool.submit(job) for job in jobs]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        torch.set_num_threads(before)
