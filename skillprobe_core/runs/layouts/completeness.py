"""Rules of completeness: the last act of a checkpoint's writer, and the time of it.

A layout gives each checkpoint one of these rules. A rule is a function without arguments that reads names, times and
small marker files when it is called. The weights themselves (every shard there, as long as its header says) are checked
for every checkpoint by `readiness`, so no rule needs to.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from skillprobe_core.runs.bounded_files import LARGEST_LISTS, RefusedFile, read_json, read_text

_LONGEST_VALUE = 100
_LONGEST_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """The writer's last act as it can be seen now.

    missing: the sign that is still missing, as one phrase; None when it is there.
    at: time of the act in nanoseconds of the epoch. Files that are newer must be quiet for `settle_seconds`.
    writing: the writer states that it has not finished. However long the files stay the same, they are not taken.
    quiet_seconds: the time without a change that the layout asks for in place of `settle_seconds`.
    """

    missing: str | None = None
    at: float = -math.inf
    writing: bool = False
    quiet_seconds: float | None = None


LastAct = Callable[[], Mark]


def json_file(marker: Path, *, field: str = "", value: int | None = None) -> LastAct:
    """The writer finishes with a JSON file; one that does not parse is still being written.

    With `field`, the file must also state that value: a file of another step is left from an earlier run.
    """

    def look() -> Mark:
        try:
            stamp = marker.stat()
            at = (stamp.st_dev, stamp.st_ino, stamp.st_size, stamp.st_mtime_ns, stamp.st_ctime_ns)
            stated = _stated(marker, field, at)
        except FileNotFoundError:
            return Mark(f"no {marker.name} yet")
        except RefusedFile as error:
            return _unread(marker, error)
        except OSError as error:
            return Mark(f"{marker.name}: {error.strerror}")
        if field and stated != json.dumps(value):
            return Mark(f"{marker.name} states {field} {stated[:40]}, not {value}")
        return Mark(at=stamp.st_mtime_ns)

    return look


@lru_cache(maxsize=100_000)
def _stated(marker: Path, field: str, at: tuple[int, ...]) -> str:
    """The value of a field of a JSON file as JSON, read once as long as the file stays as it is.

    A trainer's state grows to megabytes, and every look at a run sees those of all its checkpoints.

    Args:
        marker: The file.
        field: The field; null if the file has none of this name.
        at: The device, inode, size and times of the file: another version is read again.
    """
    content = read_json(marker, LARGEST_LISTS)
    return json.dumps(content.get(field) if isinstance(content, dict) else None)[:_LONGEST_VALUE]


def _unread(marker: Path, error: RefusedFile) -> Mark:
    """A file that is cut short is still being written; any other fault is stated."""
    cut = error.cause.startswith(("not valid JSON", "not text"))
    return Mark(f"{marker.name} is incomplete" if cut else f"{marker.name}: {error.cause}")


def file(marker: Path) -> LastAct:
    """The writer finishes with a file of any content, which may be empty."""

    def look() -> Mark:
        try:
            return Mark(at=marker.stat().st_mtime_ns)
        except FileNotFoundError:
            return Mark(f"no {marker.name} yet")

    return look


def number_in(marker: Path, at_least: int, *, prefix: str = "") -> LastAct:
    """The writer finishes by writing the step, after a prefix, to a file that serves the complete run."""

    def look() -> Mark:
        try:
            text = read_text(marker, _LONGEST_NUMBER).strip()
        except FileNotFoundError:
            return Mark(f"no {marker.name} yet")
        except RefusedFile as error:
            return _unread(marker, error)
        number = text.removeprefix(prefix)
        if not (text.startswith(prefix) and number.isascii() and number.isdecimal()):
            return Mark(f"{marker.name} holds no number yet")
        return Mark(f"{marker.name} says {text}") if int(number) < at_least else Mark(at=marker.stat().st_mtime_ns)

    return look


def rename() -> LastAct:
    """The writer finishes by giving the checkpoint its name; under any other name the layout does not find it."""
    return lambda: Mark(at=math.inf)


def no_file(marker: Path) -> LastAct:
    """The writer finishes by removing a file."""

    def look() -> Mark:
        return Mark(f"{marker.name} is still there", writing=True) if marker.exists() else Mark(at=math.inf)

    return look


def quiet(seconds: float | None = None) -> LastAct:
    """The writer leaves no sign: the files must not have changed for that time (default: `settle_seconds`)."""
    return lambda: Mark(quiet_seconds=seconds)


def every(*rules: LastAct) -> LastAct:
    """All of several signs are needed; the time is that of the latest."""

    def look() -> Mark:
        marks = [rule() for rule in rules]
        return next((mark for mark in marks if mark.missing), max(marks, key=lambda mark: mark.at))

    return look


def either(*rules: LastAct) -> LastAct:
    """One of several signs is enough; if none is there, the first one is reported."""

    def look() -> Mark:
        marks = [rule() for rule in rules]
        there = [mark for mark in marks if not mark.missing]
        return max(there, key=lambda mark: mark.at, default=marks[0])

    return look


def followed(rule: LastAct, later: float) -> LastAct:
    """The rule, and the start of a later checkpoint: whatever rewrites this one has finished by then.

    later: time at which the last of the later checkpoints changed, in nanoseconds of the epoch. Files that are newer
    than that, as after a run that was set back, must still be quiet.
    """

    def look() -> Mark:
        mark = rule()
        return mark if mark.missing else replace(mark, at=max(mark.at, later))

    return look
