"""Turns what the file system refuses in the store's folder into an error that names it. Imports nothing heavy."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skillprobe_core.errors import SkillprobeError, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_OF_ANY_FILE = _FULL | {errno.EROFS, errno.EFBIG}
# Libraries that write files by themselves give the number in the message only, each in its own way.
_NUMBER = re.compile(r"(?:os error|[Ee]rrno) (\d+)")
_REMEDY_FULL = (
    "free space on this disk (`skillprobe store clean` lists what it can free), or set SKILLPROBE_HOME to "
    "a folder on a larger one; then run the same command again, which goes on"
)
_REMEDY_LIMIT = "raise the limit of file sizes (ulimit -f), then run the same command again, which goes on"
_REMEDY = "set SKILLPROBE_HOME to a folder that can be created and written, or correct this one"


@contextmanager
def writing(root: Path) -> Iterator[None]:
    """Raise an OSError about the folder `root`, what is in it or what it is in as a StoreError.

    Errors of libraries that a full disk, a read-only one or a limit of file sizes caused become StoreErrors as well.
    """
    try:
        yield
    except Exception as error:
        refused = refusal(error, root)
        if refused is None:
            raise
        raise refused from error


def refusal(error: BaseException, root: Path) -> StoreError | None:
    """The StoreError for an error of the file system in the store's folder.

    Args:
        error: Any exception.
        root: The store's folder.

    Returns:
        The error to raise instead; None if the exception has another cause.
    """
    number, named, cause = _system_error(error)
    if number is None or isinstance(error, SkillprobeError):
        return None
    related = named is not None and (named.is_relative_to(root) or root.is_relative_to(named))
    if not (related or (named is None and number in _OF_ANY_FILE)):
        return None
    remedy = _REMEDY_FULL if number in _FULL else _REMEDY_LIMIT if number == errno.EFBIG else _REMEDY
    return StoreError(f"the store cannot be used: {cause}" + (f" ({named})" if named else ""), remedy=remedy, path=root)


def refusal_elsewhere(error: BaseException) -> SkillprobeError | None:
    """The error for a file outside of the store that a full or read-only disk or a limit refuses; None for others."""
    number, named, cause = _system_error(error)
    if named is None or number not in _OF_ANY_FILE:
        return None
    remedy = "free space on its disk, or name a file on another one (TMPDIR for temporary files)"
    if number not in _FULL:
        remedy = _REMEDY_LIMIT if number == errno.EFBIG else "name a file that can be written"
    return SkillprobeError(f"cannot be written: {cause}", remedy=remedy, path=named)


def _system_error(error: BaseException) -> tuple[int | None, Path | None, str]:
    """The number of a system's error, the file that it names and its text."""
    if isinstance(error, OSError) and error.errno is not None:
        named = Path(error.filename) if isinstance(error.filename, str) else None
        return error.errno, named, str(error.strerror)
    found = _NUMBER.search(str(error))
    if found is None or int(found[1]) not in _OF_ANY_FILE:
        return None, None, ""
    return int(found[1]), None, os.strerror(int(found[1]))
