"""Everything that is shown to people goes through here; `tests/test_house.py` sees to it."""

from __future__ import annotations

import io
import logging
import shutil
import sys
import textwrap
import warnings
from typing import TYPE_CHECKING, TextIO

from .visible import visible, visible_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def say(text: object = "", *, err: bool = False, stream: TextIO | None = None) -> None:
    r"""Print text for people to standard output, to standard error or to a stream.

    Newlines stay; what else would not be seen as itself is escaped, and so is what the stream's encoding lacks. A
    value that must not start a line of its own (a path, a name) is put into the text as `visible(value)`.
    """
    stream = stream or (sys.stderr if err else sys.stdout)
    print(fitting(visible_lines(text), stream), file=stream, flush=True)


def folded(text: str) -> str:
    """Text whose lines are folded between words, where standard output is a terminal; else as it is.

    Args:
        text: Prose of one or more lines.

    Returns:
        The text; what follows a fold is indented by two spaces more than its line.
    """
    if not sys.stdout.isatty():
        return text
    width = shutil.get_terminal_size().columns - 1
    return "\n".join(_folded(line, width) for line in text.split("\n"))


def say_folded(text: str) -> None:
    """Write prose to standard output, with its lines folded between words on a terminal."""
    say(folded(text))


def _folded(line: str, width: int) -> str:
    indent = line[: len(line) - len(line.lstrip(" "))] + "  "
    return textwrap.fill(line, width, subsequent_indent=indent, break_on_hyphens=False)


def export(text: str) -> None:
    """Write data to standard output: to a pipe or file unchanged, as UTF-8 whatever the locale says.

    On a terminal a person reads it, so that what would not be seen as itself is escaped there.
    """
    if sys.stdout.isatty():
        say(text.removesuffix("\n"))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def console(stream: TextIO | None = None, width: int | None = None) -> Console:
    """A rich console that takes nothing for markup, emoji codes or something to highlight."""
    from rich.console import Console

    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def one_line(text: object, on: Console, style: str = "") -> Text:
    """Text for a cell, column or title of rich, as `visible` and the console's encoding have it."""
    from rich.text import Text

    return Text(fitting(visible(text), on.file), style=style)


def fitting(text: str, stream: object) -> str:
    """The text with escapes for what the stream's encoding cannot hold."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def prepare() -> None:
    """Make the output of other libraries visible as well: help, warnings and log records.

    Called once by each program, before it does anything else.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # DuckDB refuses such a statement, and says why
    logging.setLogRecordFactory(_VisibleRecord)
    warnings.formatwarning = _visible_warning


class _VisibleRecord(logging.LogRecord):
    def getMessage(self) -> str:
        return visible_lines(super().getMessage())


_format_warning = warnings.formatwarning


def _visible_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
) -> str:
    return visible_lines(_format_warning(message, category, filename, lineno, line))
