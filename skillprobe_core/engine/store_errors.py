"""Turns what the file system refuses in the store's folder into an error that names it. Imports nothing heavy."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skillprobe_core.errors import StoreError


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Raise an OSError about the folder `root`, what is in it or what it is in as a StoreError."""
    try:
        yield
    except OSError as error:
        named = Path(error.filename) if isinstance(error.filename, str) else None
        if named is None:  # Parquet files are written by a library that names them in the message only
            ours = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
        else:
            ours = named.is_relative_to(root) or root.is_relative_to(named)
        if not ours:
            raise
        raise StoreError(
            f"the store cannot be used: {error.strerror}" + (f" ({named})" if named else ""),
            remedy="set SKILLPROBE_HOME to a folder that can be created and written, or correct this one",
            path=root,
        ) from error
