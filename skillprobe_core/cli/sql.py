"""`skillprobe sql`: DuckDB over every table of the store."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.errors import SettingsError, StoreError

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from skillprobe_core.store.parquet import Store


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


def sql(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[QUERY | VALUES]", help="One SQL statement (else a prompt opens), or --named's values."
        ),
    ] = None,
    named: Annotated[str | None, typer.Option(help="Ask a named query; values follow, in order or NAME=VALUE.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the named queries and their parameters.")] = False,
    shell: Annotated[bool, typer.Option("--shell", help="Open the tables in the DuckDB shell.")] = False,
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="How rows are written; else as --out's name ends.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write to; else the terminal.")] = None,
) -> None:
    """Query the tables with SQL: items, checkpoints, generations, verdicts, skill_scores, ... (SHOW TABLES)."""
    from skillprobe_core.pipeline.project import Project
    from skillprobe_core.store.catalog import connect
    from skillprobe_core.store.catalog import query as run_query
    from skillprobe_core.store.named_queries import named_queries, named_query
    from skillprobe_core.store.registry import ALL_TABLES

    if list_:
        for each in named_queries():
            print(f"{each.usage}\n    {each.question}")
            for parameter in each.parameters:
                print(f"      {parameter.name}: {parameter.meaning}")
        return
    store = Project.open().store
    if shell:
        _shell(store)
        return
    connection = connect(store, ALL_TABLES)
    models = {model for table in ALL_TABLES if table.partitioned for model in store.models(table)}
    if named is not None:
        chosen = named_query(named)
        rows = run_query(connection, chosen.sql, models=models, values=chosen.bind(words or []))
        _write(rows, format_, out)
    elif words:
        _write(run_query(connection, " ".join(words), models=models), format_, out)
    else:
        _prompt(connection, models)


def _shell(store: Store) -> None:
    """Open DuckDB's own shell on the views, or say how where it is not installed."""
    from skillprobe_core.store.catalog import write_catalog
    from skillprobe_core.store.registry import ALL_TABLES

    file = write_catalog(store, ALL_TABLES)
    program = shutil.which("duckdb", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is not None:
        os.execv(program, [program, "-init", str(file)])
    print(
        f"The DuckDB shell is not installed (pip install duckdb-cli, or https://duckdb.org). With it:\n"
        f"  duckdb -init {shlex.quote(str(file))}"
    )


def _write(rows: pl.DataFrame, format_: Format | None, out: Path | None) -> None:
    from skillprobe_core.report.tables import markdown, print_table

    format_ = format_ or _format_of(out)
    if format_ is Format.PARQUET:
        if out is None:
            raise SettingsError("Parquet is not written to a terminal", remedy="name a file with --out")
        rows.write_parquet(out)
    elif format_ is Format.TABLE:
        if out is not None:
            raise SettingsError("a table is for the terminal", remedy="use --format csv, parquet or markdown", path=out)
        print_table(rows)
    else:
        text = _flat(rows).write_csv() if format_ is Format.CSV else markdown(rows)
        if out is None:
            sys.stdout.write(text)
        else:
            out.write_text(text, encoding="utf-8")


def _format_of(out: Path | None) -> Format:
    endings = {".csv": Format.CSV, ".parquet": Format.PARQUET, ".md": Format.MARKDOWN}
    return Format.TABLE if out is None else endings.get(out.suffix, Format.TABLE)


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
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()  # the prompt's line is ended
            raise
        if not pending.strip():
            pending = ""
        elif pending.rstrip().endswith(";"):
            try:
                _write(run_query(connection, pending, models=models), None, None)
            except StoreError as error:
                print(f"error: {error}", file=sys.stderr)
            pending = ""
