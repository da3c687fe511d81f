"""Pages of memory-mapped files that cannot be read: counted, where the process would end otherwise.

A file that is cut short after it was mapped, or a disk that fails, gives SIGBUS when a page is touched. In a block of
`surviving_page_faults` such a page reads as zeros. Whoever computes from mapped files compares `unread_pages` before
and after, and drops the result if they differ. Without a C compiler the process ends as it does by default.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock

from .compiled import compiled_library

_lock = Lock()
_blocks = 0


@contextmanager
def surviving_page_faults() -> Iterator[None]:
    """Replace pages of mapped files that cannot be read by zeros; blocks may be nested and run in several threads."""
    global _blocks  # noqa: PLW0603  the handler of a signal is the process's
    library = _library()
    if library is None:
        yield
        return
    with _lock:
        if _blocks == 0 and library.page_faults_begin() != 0:
            raise OSError("the handler of SIGBUS cannot be set")
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if _blocks == 0:
                library.page_faults_end()


def unread_pages() -> int:
    """Number of pages that were replaced since the process began."""
    library = _library()
    return 0 if library is None else int(library.page_faults_unread())


@cache
def _library() -> ctypes.CDLL | None:
    library = compiled_library(Path(__file__).with_suffix(".c"), "page_faults")
    if library is not None:
        library.page_faults_unread.restype = ctypes.c_long
    return library
