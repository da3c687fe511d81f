"""Tables on the terminal."""

from __future__ import annotations

import math

import polars as pl
from rich.console import Console
from rich.table import Table

from skillprobe_core.terminal import console, one_line

_NARROWEST = 6  # characters of a column; a word or number folded further is hard to read
_WIDEST = 30  # characters of a column; text that is longer is folded before columns are moved below the others
_GAP = 2


def print_table(frame: pl.DataFrame, *, title: str | None = None, most: int = 200, keys: int = 1) -> None:
    """Print a frame's first `most` rows, numbers right-aligned; outside a terminal the table is as wide as needed.

    Text is shown literally, folded where it is longer than its column. On a terminal, columns that do not fit next to
    the others follow below them, each time with the first `keys` columns. On one that is too narrow for that, each row
    is a record with one line per value.
    """
    on = console()
    if not on.is_terminal:
        on = console(width=max(80, 30 * frame.width))
    if title is not None:
        on.print(one_line(title, on, "table.title"), soft_wrap=True)
    rows = [[format_value(value) for value in row] for row in frame.head(most).iter_rows()]
    if _least_width(frame.columns, rows) > on.width:
        _print_records(frame.columns, rows, on)
    else:
        wanted = [min(max(map(len, column)), _WIDEST) for column in zip(frame.columns, *rows, strict=True)]
        for number, places in enumerate(_parts(wanted, keys, on.width)):
            if number:
                on.print()
            on.print(
                _table(frame.select(frame.columns[n] for n in places), [[row[n] for n in places] for row in rows], on)
            )
    if frame.height > most:
        on.print(f"... {frame.height - most} more rows")


def _parts(widths: list[int], keys: int, width: int) -> list[list[int]]:
    """The columns of each part of a table, by their places: as many as fit next to the first `keys` columns."""
    if sum(widths) + _GAP * (len(widths) - 1) <= width:
        return [list(range(len(widths)))]
    left = width - sum(each + _GAP for each in widths[:keys])
    parts: list[list[int]] = []
    used = 0
    for place in range(keys, len(widths)):
        if not parts or used + widths[place] > left:
            parts.append(list(range(keys)))
            used = 0
        parts[-1].append(place)
        used += widths[place] + _GAP
    return parts or [list(range(len(widths)))]


def _table(frame: pl.DataFrame, rows: list[list[str]], on: Console) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(one_line(name, on), justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in rows:
        table.add_row(*(one_line(text, on) for text in row))
    return table


def _print_records(names: list[str], rows: list[list[str]], on: Console) -> None:
    for row in rows:
        for name, text in zip(names, row, strict=True):
            on.print(one_line(f"{name}: {text}", on), soft_wrap=True)
        on.print()


def _least_width(names: list[str], rows: list[list[str]]) -> int:
    widths = [min(max(map(len, column)), _NARROWEST) for column in zip(names, *rows, strict=True)]
    return sum(widths) + _GAP * (len(widths) - 1)


def format_value(value: object) -> str:
    """A cell's text: numbers with four significant digits, null as `-`."""
    if value is None:
        return "-"
    if isinstance(value, float):
        if math.isnan(value):
            return "nan"
        return f"{value:z.4g}"
    if isinstance(value, list):
        return "; ".join(format_value(one) for one in value)
    return str(value)


def markdown(frame: pl.DataFrame) -> str:
    """A frame as a Markdown table, numbers right-aligned; line breaks in a cell become `<br>`."""
    sides = ["---:" if dtype.is_numeric() else "---" for dtype in frame.schema.values()]
    lines = [list(frame.columns), sides]
    lines += [[_in_markdown(format_value(value)) for value in row] for row in frame.iter_rows()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _in_markdown(text: str) -> str:
    return text.replace("|", "\\|").replace("\r\n", "\n").replace("\n", "<br>")
