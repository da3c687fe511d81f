"""Seconds, bytes read and peak memory of a stage, on the host and on a CUDA device."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ._page_cache import drop, read_by_calls, resident

if TYPE_CHECKING:
    import torch

Result = TypeVar("Result")
_EVERY_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Measured:
    """The cost of one stage; None for a figure that cannot be measured here.

    seconds: on the wall clock, with all kernels of the device finished. processor: seconds of all the process's threads
    on the host. fetched: bytes of the weight files that the
    stage brought into the page cache. calls: bytes that the process received by read calls, cached or not, of all
    files. host: peak of the process's anonymous memory, in bytes. allocated: peak of torch's tensors on the device, in
    bytes. used: peak of the memory in use on the device by all processes and libraries, in bytes.
    """

    seconds: float
    processor: float
    fetched: int | None
    calls: int | None
    host: int | None
    allocated: int | None
    used: int | None


class Meter:
    """Measures stages that use certain weight files and a device."""

    def __init__(self, device: torch.device, files: Sequence[Path]) -> None:
        """Prepare to measure.

        Args:
            device: The device. Memory is measured on a CUDA device.
            files: The weight files whose bytes are counted.
        """
        if device.type == "cuda":
            import torch

            torch.empty(0, device=device)  # starts CUDA, without which its counters cannot be reset
        self._device, self._files = device, files
        self._counts_pages = _can_drop(files)

    def drop_files(self, files: Sequence[Path]) -> None:
        """Drop weight files from the page cache, as they are when another machine has written them."""
        for file in files if self._counts_pages else ():
            drop(file)

    def measure(self, stage: Callable[[], Result]) -> tuple[Result, Measured]:
        """Run a stage and measure it."""
        import torch

        cuda = self._device.type == "cuda"
        before = self._pages()
        read = _or_none(read_by_calls)
        peaks = _Peaks(self._device)
        if cuda:
            torch.cuda.synchronize(self._device)
            torch.cuda.reset_peak_memory_stats(self._device)
        with peaks:
            started, used = time.perf_counter(), time.process_time()
            result = stage()
            if cuda:
                torch.cuda.synchronize(self._device)
            seconds, processor = time.perf_counter() - started, time.process_time() - used
        after, read_after = self._pages(), _or_none(read_by_calls)
        return result, Measured(
            seconds=seconds,
            processor=processor,
            fetched=None if before is None or after is None else sum(map(_grown, before, after)),
            calls=None if read is None or read_after is None else read_after - read,
            host=peaks.host,
            allocated=torch.cuda.max_memory_allocated(self._device) if cuda else None,
            used=peaks.used,
        )

    def _pages(self) -> list[int] | None:
        return [resident(file) for file in self._files] if self._counts_pages else None


class _Peaks:
    """Peaks of memory that no counter keeps, from samples of a thread."""

    def __init__(self, device: torch.device) -> None:
        self.host: int | None = None
        self.used: int | None = None
        self._device = device
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._sample()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._sample()

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            self._sample()

    def _sample(self) -> None:
        import torch

        host = _or_none(_anonymous)
        if host is not None:
            self.host = max(self.host or 0, host)
        if self._device.type == "cuda":
            free, total = torch.cuda.mem_get_info(self._device)
            self.used = max(self.used or 0, total - free)


def _can_drop(files: Sequence[Path]) -> bool:
    """True if the pages of these files can be dropped and counted; drops them."""
    try:
        for file in files:
            drop(file)
        return not any(resident(file) for file in files)
    except (OSError, AttributeError):  # no mincore or posix_fadvise on this system
        return False


def _anonymous() -> int:
    """Anonymous memory of this process in bytes: what it allocated, without mapped files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def _or_none(read: Callable[[], int]) -> int | None:
    """A figure of the system; None where the system does not have it."""
    try:
        return read()
    except (OSError, StopIteration):
        return None


def _grown(before: int, after: int) -> int:
    return max(0, after - before)
