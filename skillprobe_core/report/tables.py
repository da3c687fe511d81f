"""Tables on the terminal."""

from __future__ import annotations

import math

import polars as pl
from rich.console import Console
from rich.table import Table


def print_table(frame: pl.DataFrame, *, title: str | None = None, most: int = 200) -> None:
    """Print a frame's first `most` rows, numbers right-aligned; outside a terminal the table is as wide as needed."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(80, 30 * frame.width), no_color=True)
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for name, dtype in frame.schema.items():
        table.add_column(name, justify="right" if dtype.is_numeric() else "left", overflow="fold")
    for row in frame.head(most).iter_rows():
        table.add_row(*(format_value(value) for value in row))
    console.print(table)
    if frame.height > most:
        console.print(f"... {frame.height - most} more rows")


def format_value(value: object) -> str:
    """A cell's text: numbers with four significant digits, null as `-`."""
    if value is None:
        return "-"
    if isinstance(value, float):
        if math.isnan(value):
            return "nan"
        return f"{value:.4g}"
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
