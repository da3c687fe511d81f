"""Settings of the C library for freed memory. They take effect with the GNU C library only."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

# Parameters of mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
_LARGEST_THRESHOLD = 2**25  # the most that it accepts


def keep_freed_memory() -> None:
    """Keep the memory of freed tensors for later ones.

    By default each large tensor is mapped again and its pages are cleared by the kernel, which takes up to a third
    of the time of small models.
    """
    _set({_MMAP_THRESHOLD: _LARGEST_THRESHOLD, _TRIM_THRESHOLD: 2**31 - 1, _TOP_PAD: 2**26})


@contextmanager
def freed_memory_given_back() -> Iterator[None]:
    """Return freed arrays of 1 MiB and more to the system at once, within this context.

    By default the threshold grows with the arrays that were freed, up to 32 MiB, and every thread keeps freed memory
    below it: several times the memory in use. On exit the threshold is set to 32 MiB, where it would have grown.
    """
    _set({_MMAP_THRESHOLD: 2**20, _TRIM_THRESHOLD: 2**21})
    try:
        yield
    finally:
        _set({_MMAP_THRESHOLD: _LARGEST_THRESHOLD, _TRIM_THRESHOLD: 2 * _LARGEST_THRESHOLD})


def trim() -> None:
    """Return all freed memory that threads have kept to the system."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _set(parameters: dict[int, int]) -> None:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in parameters.items():
            mallopt(parameter, value)
