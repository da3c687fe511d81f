"""Branches that an input takes: pairs of lines that follow one another in the package's own code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import skillprobe_core

_ROOT = str(Path(skillprobe_core.__file__).parent)
Branch = tuple[str, int, int]


@contextmanager
def branches() -> Iterator[set[Branch]]:
    """Record the branches that are taken in the block."""
    found: set[Branch] = set()

    def enter(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(_ROOT):
            return None
        last = 0

        def follow(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401
            nonlocal last
            if event == "line":
                found.add((name, last, frame.f_lineno))
                last = frame.f_lineno
            return follow

        return follow

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield found
    finally:
        sys.settrace(before)
