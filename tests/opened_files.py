"""The files that Python opens during a block."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_listening: list[list[Path]] = []


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and _listening and isinstance(arguments[0], str | bytes):
        for opened in _listening:
            opened.append(Path(os.fsdecode(arguments[0])))


sys.addaudithook(_note)  # for the rest of the process: a hook cannot be taken out


@contextmanager
def opened_files() -> Iterator[list[Path]]:
    """Yield a list to which every file that is opened is appended."""
    opened: list[Path] = []
    _listening.append(opened)
    try:
        yield opened
    finally:
        _listening.remove(opened)
