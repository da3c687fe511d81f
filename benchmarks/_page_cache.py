"""Bytes of files in the page cache, and bytes that this process received by reading; on Linux."""

from __future__ import annotations

import ctypes
import mmap
import os
from pathlib import Path

import numpy as np

_PAGE = mmap.PAGESIZE
_C = ctypes.CDLL(None, use_errno=True)


def drop(file: Path) -> None:
    """Drop the pages of a file from the page cache; those that a process still maps stay."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def resident(file: Path) -> int:
    """Bytes of a file that are in the page cache, in full pages; asking does not fetch any.

    Raises:
        OSError: `mincore` failed.
    """
    size = file.stat().st_size
    pages = (ctypes.c_ubyte * -(-size // _PAGE))()
    with file.open("rb") as opened:
        mapped = mmap.mmap(opened.fileno(), 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE)
        start = ctypes.c_char.from_buffer(mapped)
        failed = _C.mincore(ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(size), pages)
        del start
        mapped.close()
    if failed:
        raise OSError(ctypes.get_errno(), "mincore")
    return int((np.frombuffer(bytes(pages), dtype=np.uint8) & 1).sum(dtype=np.int64)) * _PAGE


def read_by_calls() -> int:
    """Bytes that this process and its ended children received by read calls, cached or not."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("rchar"))
