"""Progress reports for long work: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from .terminal import console, fitting, say
from .visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

_SECONDS_BETWEEN_LINES = 10.0


class Progress(Protocol):
    """Receiver of progress reports: `items` finished since the last call, and the `tokens` they took (0 if none)."""

    def advance(self, items: int, tokens: int = 0) -> None:
        """Count the finished items and tokens."""
        ...


class Silent:
    """Reports nothing."""

    def advance(self, items: int, tokens: int = 0) -> None:
        """Do nothing."""


class Lines:
    """At most one line every `interval` seconds, and a last line at the end."""

    def __init__(self, task: str, total: int, stream: TextIO, interval: float = _SECONDS_BETWEEN_LINES) -> None:
        self._task, self._total, self._stream, self._interval = task, total, stream, interval
        self._items = self._tokens = 0
        self._started = self._last = time.monotonic()

    def advance(self, items: int, tokens: int = 0) -> None:
        """Count, and print a line when the interval has passed or the work is finished."""
        self._items += items
        self._tokens += tokens
        now = time.monotonic()
        if now - self._last >= self._interval or self._items >= self._total:
            self._last = now
            say(self._line(now - self._started), stream=self._stream)

    def _line(self, seconds: float) -> str:
        parts = [f"{visible(self._task)}: {self._items}/{self._total}"]
        if self._tokens and seconds > 0:
            parts.append(f"{self._tokens / seconds:,.0f} tokens/s")
        if self._items >= self._total:
            parts.append(f"done in {_clock(seconds)}")
        elif self._items:
            parts.append(f"{_clock(seconds / self._items * (self._total - self._items))} left")
        return ", ".join(parts)


class _Bar:
    def __init__(self, bar: RichProgress, task: TaskID) -> None:
        self._bar, self._task, self._tokens, self._started = bar, task, 0, time.monotonic()

    def advance(self, items: int, tokens: int = 0) -> None:
        self._tokens += tokens
        seconds = time.monotonic() - self._started
        speed = f"{self._tokens / seconds:,.0f} tokens/s" if self._tokens and seconds > 0 else ""
        self._bar.update(self._task, advance=items, speed=speed)


@contextmanager
def progress(task: str, total: int, stream: TextIO | None = None) -> Iterator[Progress]:
    """Report on `total` items of `task` to `stream` (default: standard error) while the block runs."""
    stream = sys.stderr if stream is None else stream
    if not stream.isatty():
        yield Lines(task, total, stream)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress
    from rich.table import Column

    on = console(stream)
    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(overflow="fold")),
        BarColumn(bar_width=min(40, on.width // 4)),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}", markup=False),
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=on, transient=True) as bar:
        yield _Bar(bar, bar.add_task(fitting(visible(task), stream), total=total, speed=""))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
