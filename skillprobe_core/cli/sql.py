"""`skillprobe sql`: DuckDB over every table of the store."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.errors import SettingsError, StoreError

if TYPE_CHECKING:
    import duckdb
    import polars as pl


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"


def sql(
    query: Annotated[str | None, typer.Argument(help="One SQL statement; without it a prompt opens.")] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="How rows are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write to; else the terminal.")] = None,
) -> None:
    """Query the tables with SQL: items, checkpoints, generations, verdicts, skill_scores, ... (SHOW TABLES)."""
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.store.catalog import connect
    from skillprobe_core.store.catalog import query as run_query
    from skillprobe_core.store.registry import ALL_TABLES

    store = Project.open().store
    connection = connect(store, ALL_TABLES)
    models = {model for table in ALL_TABLES if table.partitioned for model in store.models(table)}
    if query is None:
        _prompt(connection, models)
    else:
        _write(run_query(connection, query, models=models), format_, out)


def _write(rows: pl.DataFrame, format_: Format, out: Path | None) -> None:
    from skillprobe_core.report.tables import print_table

    if format_ is Format.PARQUET and out is None:
        raise SettingsError("Parquet is not written to a terminal", remedy="name a file with --out")
    if format_ is Format.PARQUET and out is not None:
        rows.write_parquet(out)
    elif format_ is Format.CSV:
        (out.open("w") if out else sys.stdout).write(_flat(rows).write_csv())
    elif out is not None:
        raise SettingsError("a table is for the terminal", remedy="write a file with --format csv or parquet")
    else:
        print_table(rows)


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    lists = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.List)]
    return rows.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)


def _prompt(connection: duckdb.DuckDBPyConnection, models: set[str]) -> None:
    import readline  # noqa: F401 (gives input() a history)

    from skillprobe_core.store.catalog import query as run_query

    print("DuckDB over the store. End a statement with ';', leave with Ctrl-D. SHOW TABLES; lists what there is.")
    pending = ""
    while True:
        try:
            pending += input("sql> " if not pending else "...> ") + "\n"
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if not pending.strip():
            pending = ""
        elif pending.rstrip().endswith(";"):
            try:
                _write(run_query(connection, pending, models=models), Format.TABLE, None)
            except StoreError as error:
                print(f"error: {error}", file=sys.stderr)
            pending = ""
