"""Locks between processes of a machine, each a file that exists only while somebody holds or awaits it.

The kernel releases the lock of a process that ends, however it ends. Its file then stays until `removed_if_free`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(file: Path, *, shared: bool = False, wait: bool = True) -> Iterator[None]:
    """Hold a lock (flock), also against other threads; its file is created, and removed at the end.

    Args:
        file: The lock's file, in an existing folder. It may have content.
        shared: True for a lock that several may hold at the same time.
        wait: False to give up at once where somebody else holds it.

    Raises:
        BlockingIOError: Somebody else holds it, and `wait` is false.
        OSError: The file cannot be created.
    """
    descriptor = _taken(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    try:
        yield
    finally:
        _release(descriptor, file)


def removed_if_free(file: Path) -> bool:
    """Remove the file of a lock that nobody holds, such as one of a process that was killed.

    Args:
        file: The lock's file.

    Returns:
        True if the file is gone.

    Raises:
        OSError: The file cannot be opened or removed.
    """
    try:
        with locked(file, wait=False):
            return True
    except BlockingIOError:
        return False


def is_free(file: Path) -> bool:
    """Report if nobody holds a lock, alone or with others; keeps its file. One that cannot be opened counts as held."""
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _taken(file: Path, how: int) -> int:
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, how)
            if _is_at(descriptor, file):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its last holder removed or renamed this file while it was awaited


def _release(descriptor: int, file: Path) -> None:
    """Remove the file unless another one holds the lock as well; whoever awaits it then opens a new one."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_at(descriptor, file):
            file.unlink()
    except OSError:
        pass  # shared with others, or in a folder that has become read-only
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(file))
    except FileNotFoundError:
        return False
