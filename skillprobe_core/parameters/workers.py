"""Tensors taken in parallel by threads, one core each, as many as memory has room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from skillprobe_core.allocator import freed_memory_given_back
from skillprobe_core.processor import cores

from .memory import Room

Result = TypeVar("Result")
_WAITING = 8  # results a thread may be ahead: a large tensor holds the small ones after it up no further


@dataclass(frozen=True, slots=True)
class Job(Generic[Result]):
    """What is computed, and the bytes that it holds at most meanwhile."""

    run: Callable[[], Result]
    memory: int


def in_parallel(jobs: Sequence[Job[Result]], *, memory: int, workers: int | None = None) -> list[Result]:
    """The jobs' results in order, computed by so many threads (by default one a core) with one BLAS thread each.

    Many tensors at once use all cores better than one tensor at a time with many threads, and a result does not
    depend on how many there are. A job waits until those in work leave it room in `memory` bytes. The first error ends
    the rest.
    """
    return list(one_by_one(jobs, memory=memory, workers=workers))


def one_by_one(jobs: Sequence[Job[Result]], *, memory: int, workers: int | None = None) -> Iterator[Result]:
    """The same as the results come: no more than a few are waiting to be taken."""
    threads = _threads(jobs, memory, workers or cores())
    before = torch.get_num_threads()
    room = Room(memory)

    def within_room(job: Job[Result]) -> Result:
        with room.take(job.memory):
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
    """As many as jobs of the usual size have room (large ones count for more): BLAS keeps buffers for each thread."""
    total = sum(job.memory for job in jobs)
    usual = sum(job.memory**2 for job in jobs) / total if total else 0
    return min(most, max(1, int(memory // usual))) if usual else most
