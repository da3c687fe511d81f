"""A part of a file as a file of its own."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from skillprobe_core.runs.bounded_files import open_file

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class FileSlice(io.RawIOBase):
    """The bytes of a file from `start`, `length` of them, read where they lie: nothing is copied in advance."""

    def __init__(self, file: Path, start: int, length: int) -> None:
        super().__init__()
        self._file = open_file(file)
        self._start, self._length, self._at = start, length, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer from the present position; returns the number of bytes, 0 at the end of the part."""
        view = memoryview(buffer).cast("B")
        left = max(0, self._length - self._at)
        self._file.seek(self._start + self._at)
        read = self._file.readinto(view[:left]) if left else 0
        self._at += read
        return read

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move the position, counted within the part; returns it."""
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
