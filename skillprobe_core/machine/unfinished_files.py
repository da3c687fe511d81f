"""Files that exist completely or not at all: written under another name, which is locked, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .file_locks import locked

_ENDING = ".tmp"


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give the place to write a file to, and rename it to its own name at the end of the block.

    The place depends on the target alone, so that a new writer takes over what a killed one left. Two writers of one
    file take turns. What the block leaves there after an exception is removed.

    Args:
        target: The file to create or replace, in an existing folder.

    Yields:
        The path of an empty file in the same folder, to be written in place.

    Raises:
        OSError: The file cannot be created or renamed.
    """
    place = unfinished(target)
    with locked(place):
        os.truncate(place, 0)
        yield place
        place.replace(target)


def unfinished(target: Path) -> Path:
    """The name under which a file is written."""
    return target.with_name(f".{target.name}{_ENDING}")


def is_unfinished(name: str) -> bool:
    """Report if a file of this name is one that is being written, or that a killed process left."""
    return name.startswith(".") and name.endswith(_ENDING)


def replace_text(target: Path, text: str) -> None:
    """Create or replace a file in UTF-8, completely or not at all; raises OSError."""
    with replacing(target) as place:
        place.write_text(text, encoding="utf-8")
