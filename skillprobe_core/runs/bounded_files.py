"""Reading of files that a stranger wrote: regular files only, within limits of size, number of values and depth.

Every file of a checkpoint or a run that is parsed is read here, or as a header of safetensors (`tensor_headers`) or a
pickle that is never run (`sharded/inert_pickle`). A missing file stays a FileNotFoundError. Whatever else is wrong with
a file is a `RefusedFile`, which names the file, the cause and a remedy, and which is also a ValueError for callers that
treat a damaged file like a missing one.
"""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from io import BufferedReader
from pathlib import Path
from typing import Any

from skillprobe_core.errors import CheckpointError

LARGEST = 64 << 20
"""Bytes of the largest file that is read, unless a reader allows more."""
LARGEST_LISTS = 256 << 20
"""Bytes of the largest file that lists a vocabulary or a training history."""
MOST_VALUES = 10_000_000
"""The most values, counted as commas and opening brackets, that a JSON file may have: about a gigabyte of memory."""
DEEPEST = 100
"""The most containers that may lie within one another in a JSON file."""

_SAVE_AGAIN = "save the checkpoint again, or restore this file"
# A link out of a Hugging Face cache's snapshot leads to a blob named by its digest.
# Weights hold no text that a prompt could show, and often lie on another disk under another name.
_WEIGHTS = (".safetensors", ".distcp", ".bin", ".pt", ".pth")
_BLOB = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")  # as an escape, or as json passes it in UTF-8
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class RefusedFile(CheckpointError, ValueError):
    """A file of a checkpoint or run that is not read, or whose content is not what its name promises."""


def check_file(file: Path) -> os.stat_result:
    """State of a regular file, which is not opened.

    A link may lead within its own folder, to a file of the same name, or to a blob of a Hugging Face cache. Any other
    could show a secret of the user in a prompt. Links of weights may lead anywhere.

    Raises:
        FileNotFoundError: The file does not exist.
        RefusedFile: It is a folder, a pipe, a device or a socket, or a link to a file of another name elsewhere.
    """
    try:
        state = os.stat(file)
    except (FileNotFoundError, NotADirectoryError):
        raise
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise _unreadable(file, error) from error
    _check_regular(file, state)
    if not file.name.endswith(_WEIGHTS) and file.is_symlink():
        target = Path(os.path.realpath(file))
        inside = target.is_relative_to(os.path.realpath(file.parent))
        if not (inside or target.name == file.name or _BLOB.fullmatch(target.name)):
            raise RefusedFile(
                f"it is a link to {str(target)!r}, a file of another name outside of its folder",
                remedy="put a copy of the file in place of the link",
                path=file,
            )
    return state


def open_file(file: Path) -> BufferedReader:
    """A regular file, opened for reading; one that is replaced by a pipe at the same time does not block.

    Raises:
        FileNotFoundError: The file does not exist.
        RefusedFile: It is not a regular file, a link that is not followed (see `check_file`), or not readable.
    """
    check_file(file)
    try:
        handle = open(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")  # noqa: SIM115
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise _unreadable(file, error) from error
    try:
        _check_regular(file, os.fstat(handle.fileno()))
    except BaseException:
        handle.close()
        raise
    return handle


def read_bytes(file: Path, most: int = LARGEST) -> bytes:
    """The content of a regular file of at most `most` bytes.

    Raises:
        FileNotFoundError: The file does not exist.
        RefusedFile: It cannot be read (see `open_file`), or is larger.
    """
    with open_file(file) as handle:
        size = os.fstat(handle.fileno()).st_size
        if size > most:
            raise _too_large(file, f"{size} bytes, more than {most}")
        try:
            content = handle.read(min(size, most) + 1)  # which is allocated at once
        except OSError as error:
            raise _unreadable(file, error) from error
    if len(content) > size:
        raise RefusedFile("it grew while it was read", remedy="wait until it was written completely", path=file)
    return content


def read_text(file: Path, most: int = LARGEST) -> str:
    """The content of a regular file as UTF-8. Raises what `read_bytes` raises, and RefusedFile for other bytes."""
    try:
        return read_bytes(file, most).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedFile(f"not text in UTF-8: {error.reason}", remedy=_SAVE_AGAIN, path=file) from error


def read_json(file: Path, most: int = LARGEST) -> object:
    """The value of a JSON file.

    Args:
        file: The file.
        most: Bytes of the largest file that is read.

    Raises:
        FileNotFoundError: The file does not exist.
        RefusedFile: It cannot be read (see `read_bytes`), is not valid JSON, or has too many values or levels.
    """
    value = parse_json(read_bytes(file, most), file)
    if _deeper_than(value, DEEPEST):
        raise _too_deep(file)
    return value


def read_object(file: Path, most: int = LARGEST) -> dict[str, Any]:
    """The object of a JSON file. Raises what `read_json` raises, and RefusedFile for any other value."""
    value = read_json(file, most)
    if not isinstance(value, dict):
        raise RefusedFile(f"expected a JSON object, got {type(value).__name__}", remedy=_SAVE_AGAIN, path=file)
    return value


def parse_json(content: bytes, file: Path) -> object:
    """The value of JSON; its depth is limited by the interpreter alone.

    Args:
        content: The bytes.
        file: Where they are from, for messages.

    Raises:
        RefusedFile: They are not valid JSON, have too many values, nest too deeply, or hold half of a character.
    """
    if sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise _too_large(file, f"more than {MOST_VALUES} values")
    try:
        value: object = json.loads(content)
        if _SURROGATE.search(content):
            json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise _too_deep(file) from error
    except MemoryError as error:
        raise _too_large(file, "too large for this machine's memory") from error
    except UnicodeEncodeError as error:
        cause = f"not valid JSON: {error.reason}"
        raise RefusedFile(cause, remedy=_SAVE_AGAIN, path=file) from error
    except ValueError as error:
        raise RefusedFile(f"not valid JSON: {error}", remedy=_SAVE_AGAIN, path=file) from error
    return value


def _deeper_than(value: object, most: int) -> bool:
    level: list[dict[str, object] | list[object]] = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [child for children in inner for child in children if isinstance(child, dict | list)]
    return bool(level)


def _check_regular(file: Path, state: os.stat_result) -> None:
    if not stat.S_ISREG(state.st_mode):
        kind = next((name for test, name in _KINDS if test(state.st_mode)), "not a file")
        raise RefusedFile(f"it is {kind}, not a regular file", remedy=_SAVE_AGAIN, path=file)


def _unreadable(file: Path, error: OSError | ValueError) -> RefusedFile:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    denied = isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM)
    remedy = "make the file readable for this user" if denied else _SAVE_AGAIN
    return RefusedFile(f"cannot be read: {reason}", remedy=remedy, path=file)


def _too_large(file: Path, cause: str) -> RefusedFile:
    return RefusedFile(f"not read, since it is too large: {cause}", remedy=_SAVE_AGAIN, path=file)


def _too_deep(file: Path) -> RefusedFile:
    return RefusedFile(
        f"not read, since it nests too deeply: more than {DEEPEST} levels", remedy=_SAVE_AGAIN, path=file
    )
