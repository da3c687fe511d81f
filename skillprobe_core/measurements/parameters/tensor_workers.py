"""Parallel processing of tensors by threads, one core each, within a memory limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from skillprobe_core.machine.allocator import freed_memory_given_back
from skillprobe_core.machine.processor import cores
from skillprobe_core.models.device_memory import ran_out, release_unused

from .memory_bound import Room

Result = TypeVar("Result")
Each = TypeVar("Each")
_WAITING = 8  # number of results by which threads may run ahead of a large tensor


@dataclass(frozen=True, slots=True)
class Job(Generic[Result]):
    """A computation and the most bytes that it uses."""

    run: Callable[[], Result]
    memory: int


Run: TypeAlias = "Callable[[Sequence[Job[Each]]], Iterator[Each]]"
"""A function that gives the results of jobs in order."""
Through: TypeAlias = "Callable[[Sequence[Job[Each]], Run[Each]], Iterator[Each]]"
"""One that does so by a `Run` of some of them at a time."""


def in_parallel(jobs: Sequence[Job[Result]], *, memory: int, workers: int | None = None) -> list[Result]:
    """The jobs' results in order, computed by `workers` threads (default: one per core) with one BLAS thread each.

    Many tensors at once use the cores better than one tensor at a time with many threads, and results do not depend on
    the number of threads. A job waits until the running ones leave it enough of the `memory` bytes. One that runs out
    of memory all the same is run again alone, after the others that are running. The first other error ends all jobs.
    """
    return list(one_by_one(jobs, memory=memory, workers=workers))


def one_by_one(jobs: Sequence[Job[Result]], *, memory: int, workers: int | None = None) -> Iterator[Result]:
    """The results of `in_parallel` one by one; only a few finished ones wait to be consumed."""
    threads = _threads(jobs, memory, workers or cores())
    before = torch.get_num_threads()
    room = Room(memory)

    def within_room(job: Job[Result]) -> Result:
        try:
            with room.take(job.memory):
                return job.run()
        except Exception as error:
            if not ran_out(error):
                raise
        with room.take(memory + 1):
            release_unused()
            return job.run()

    try:
        with (
            freed_memory_given_back(),
            threadpool_limits(1, user_api="blas"),
            ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool,
        ):
            waiting: deque[Future[Result]] = deque()
            try:
                for job in jobs:
                    waiting.append(pool.submit(within_room, job))
                    if len(waiting) > _WAITING * threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            except BaseException:
                room.close()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    finally:
        torch.set_num_threads(before)


def _threads(jobs: Sequence[Job[Result]], memory: int, most: int) -> int:
    """Number of threads for which usual jobs fit (large ones weigh more), since BLAS has buffers for each thread."""
    total = sum(job.memory for job in jobs)
    usual = sum(job.memory**2 for job in jobs) / total if total else 0
    return min(most, max(1, int(memory // usual))) if usual else most
