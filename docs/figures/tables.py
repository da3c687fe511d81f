"""Writes docs/tables.md from the declared tables: `python docs/figures/tables.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from skillprobe_core.engine.table import Column, Table
from skillprobe_core.measurements.table_registry import all_tables

PAGE = Path(__file__).parents[1] / "tables.md"


def page() -> str:
    """The page's text."""
    lines = [
        "# Tables",
        "",
        "Every table of the store, with its key, its inputs and its columns. `skillprobe sql` has one view per table,",
        "with the same comments. This page is made from the declarations in `skillprobe_core/measurements/` by",
        "`python docs/figures/tables.py`.",
        "",
        ", ".join(f"[`{table.name}`](#{table.name})" for table in all_tables()),
    ]
    for table in all_tables():
        lines += ["", *_section(table)]
    return "\n".join(lines) + "\n"


def _section(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    yield f"{table.about}.{f' {table.more}' if table.more else ''}"
    yield ""
    yield f"- Version {table.version}, key: {', '.join(f'`{name}`' for name in table.key)}"
    needs = list(dict.fromkeys(need.name for need in table.needs))
    if needs:
        yield f"- Inputs: {', '.join(f'`{name}`' for name in needs)}"
    if table.checks:
        yield f"- Checks: {', '.join(f'`{check.name}`' for check in table.checks)}"
    yield ""
    yield "| column | type | meaning |"
    yield "|---|---|---|"
    yield from (_row(column) for column in table.columns)


def _row(column: Column) -> str:
    dtype = column.dtype() if isinstance(column.dtype, type) else column.dtype
    meaning = f"{column.meaning} [{column.unit}]" if column.unit else column.meaning
    if column.formerly:
        meaning += f" (formerly `{column.formerly}`)"
    return f"| `{column.name}` | {_type(dtype)} | {meaning.replace('|', chr(92) + '|')} |"


def _type(dtype: pl.DataType) -> str:
    return "Struct" if isinstance(dtype, pl.Struct) else "List(Struct)" if "Struct" in str(dtype) else str(dtype)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
