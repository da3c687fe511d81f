"""Rules of completeness: the last act of a checkpoint's writer, and the time of it.

A layout gives each checkpoint one of these rules. A rule is a function without arguments that reads names, times and
small marker files when it is called. The weights themselves (every shard there, as long as its header says) are checked
for every checkpoint by `readiness`, so no rule needs to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mark:
    """The writer's last act as it can be seen now.

    missing: the sign that is still missing, as one phrase; None when it is there.
    at: time of the act in nanoseconds of the epoch. Weights that are newer must be quiet for `settle_seconds`.
    writing: the writer states that it has not finished. However long the files stay the same, they are not taken.
    """

    missing: str | None = None
    at: float = -math.inf
    writing: bool = False


LastAct = Callable[[], Mark]


def json_file(marker: Path) -> LastAct:
    """The writer finishes with a JSON file; one that does not parse is still being written."""

    def look() -> Mark:
        try:
            json.loads(marker.read_text())
        except FileNotFoundError:
            return Mark(f"no {marker.name} yet")
        except ValueError:
            return Mark(f"{marker.name} is incomplete")
        return Mark(at=marker.stat().st_mtime_ns)

    return look


def file(marker: Path) -> LastAct:
    """The writer finishes with a file of any content, which may be empty."""

    def look() -> Mark:
        try:
            return Mark(at=marker.stat().st_mtime_ns)
        except FileNotFoundError:
            return Mark(f"no {marker.name} yet")

    return look


def number_in(marker: Path, at_least: int) -> LastAct:
    """The writer finishes by writing the step to a file that serves the complete run."""

    def look() -> Mark:
        try:
            text = marker.read_text().strip()
        except FileNotFoundError:
            return Mark(f"no {marker.name} yet")
        except ValueError:
            return Mark(f"{marker.name} is incomplete")
        if not (text.isascii() and text.isdecimal()):
            return Mark(f"{marker.name} holds no number yet")
        return Mark(f"{marker.name} says {int(text)}") if int(text) < at_least else Mark(at=marker.stat().st_mtime_ns)

    return look


def rename() -> LastAct:
    """The writer finishes by giving the checkpoint its name; under any other name the layout does not find it."""
    return lambda: Mark(at=math.inf)


def no_file(marker: Path) -> LastAct:
    """The writer finishes by removing a file."""

    def look() -> Mark:
        return Mark(f"{marker.name} is still there", writing=True) if marker.exists() else Mark(at=math.inf)

    return look


def quiet() -> LastAct:
    """The writer leaves no sign: the files must not have changed for `settle_seconds`."""
    return Mark
