"""`skillprobe sql`: DuckDB over every table of the store."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.terminal import export, say, say_folded
from skillprobe_core.visible import visible

from .protocol_option import ProtocolOption

if TYPE_CHECKING:
    import polars as pl

    from skillprobe_core.engine.store import Store


SHOWN = 200
"""Rows that a table on the terminal shows; no further ones are read."""


class Format(StrEnum):
    """Output format of rows."""

    TABLE = "table"
    CSV = "csv"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


def sql(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[QUERY | VALUES]",
            help="One SQL statement (default: open a prompt); with --named, the query's values.",
        ),
    ] = None,
    named: Annotated[
        str | None, typer.Option(help="Run a named query; its values follow, in order or as NAME=VALUE.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the named queries and their parameters.")] = False,
    shell: Annotated[bool, typer.Option("--shell", help="Open the tables in the DuckDB shell.")] = False,
    format_: Annotated[
        Format | None, typer.Option("--format", "-f", help="Output format (default: from the ending of --out).")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Output file (default: the terminal).")] = None,
    protocol: ProtocolOption = None,
    unrestricted: Annotated[
        bool,
        typer.Option("--unrestricted", help="Let the query read and write files, attach databases, load extensions."),
    ] = False,
) -> None:
    """Query the tables with SQL: items, checkpoints, generations, verdicts, skill_scores, ... (see SHOW TABLES).

    The tables show one protocol; those of the same names in the schema `all_protocols` show all. `answers_so_far` holds
    the judged answers of checkpoints whose evaluation is not finished. A query reads these tables and nothing else;
    only --out writes a file.
    """
    from skillprobe_core.engine.catalog import LazyViews
    from skillprobe_core.engine.catalog import query as rows_of
    from skillprobe_core.engine.sql_restrictions import check_reads_only, restrict
    from skillprobe_core.home import home
    from skillprobe_core.measurements.protocols.evaluation_protocol import records
    from skillprobe_core.measurements.table_registry import all_tables
    from skillprobe_core.measurements.verdicts.answers_so_far import add_view
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.settings import load_plugins_of
    from skillprobe_core.show.named_queries import named_queries, named_query

    if list_:
        load_plugins_of(home())
        for each in named_queries():
            say_folded(f"{each.usage}\n    {each.question}")
            for parameter in each.parameters:
                say_folded(f"      {parameter.name}: {parameter.meaning}")
        return
    project = Project.open()
    store = project.store
    shown = project.protocol(protocol).protocol if protocol or records(store) else None
    if shell:
        if not unrestricted:
            raise SettingsError(
                "the DuckDB shell can read and write all files of this user",
                remedy="run: skillprobe sql --shell --unrestricted",
            )
        _shell(store, shown)
        return
    views = LazyViews(store, all_tables(), shown)
    if not unrestricted:
        restrict(views.connection, [store.root / table.name for table in all_tables()])
    models = {model for table in all_tables() if table.partitioned for model in store.models(table)}
    models |= add_view(views.connection, store)

    shown_rows = None if out or format_ not in {None, Format.TABLE} else SHOWN + 1

    def run(query: str, values: Mapping[str, object] | None = None) -> pl.DataFrame:
        if not unrestricted:
            check_reads_only(views.connection, query)
        views.read_for(query, values, alone=bool(named or words))
        return rows_of(views.connection, query, models=models, values=values, most=shown_rows)

    if named is not None:
        chosen = named_query(named)
        _write(run(chosen.sql, chosen.bind(words or [])), format_, out)
    elif words:
        _write(run(" ".join(words)), format_, out)
    else:
        _prompt(run)


def _shell(store: Store, protocol: str | None) -> None:
    """Open DuckDB's own shell on the views; if it is not installed, print how to install it."""
    from skillprobe_core.engine.catalog import write_catalog
    from skillprobe_core.measurements.table_registry import all_tables

    file = write_catalog(store, all_tables(), protocol)
    program = shutil.which("duckdb", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is not None:
        os.execv(program, [program, "-init", str(file)])
    say(
        f"The DuckDB shell is not installed. Install it with `pip install duckdb-cli`, then run:\n"
        f"  duckdb -init {visible(shlex.quote(str(file)))}"
    )


def _write(rows: pl.DataFrame, format_: Format | None, out: Path | None) -> None:
    from skillprobe_core.show.report.terminal_tables import markdown, print_table

    format_ = format_ or _format_of(out)
    if format_ is Format.PARQUET:
        if out is None:
            raise SettingsError("Parquet cannot be written to the terminal", remedy="give a file: --out rows.parquet")
        with _writing(out, rows):
            rows.write_parquet(out)
    elif format_ is Format.TABLE:
        if out is not None:
            raise SettingsError(
                "format `table` cannot be written to a file",
                remedy="use --format csv, parquet or markdown, or a file name that ends in .csv, .parquet or .md",
                path=out,
            )
        print_table(rows.head(SHOWN))
        if rows.height > SHOWN:
            say(f"... more rows than {SHOWN}: count them in SQL, or write all with --out FILE")
    else:
        text = _flat(rows).write_csv() if format_ is Format.CSV else markdown(rows)
        if out is None:
            export(text)
        else:
            with _writing(out, rows):
                out.write_text(text, encoding="utf-8")


@contextmanager
def _writing(out: Path, rows: pl.DataFrame) -> Iterator[None]:
    """Create the file's folder and say what was written; raise a SettingsError if the file cannot be written."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        yield
        say(f"{rows.height} rows in {visible(out)}", err=True)
    except OSError as error:
        raise SettingsError(
            f"the file cannot be written: {error.strerror or error}",
            remedy="give with --out a file in a folder that this user may write to",
            path=out,
        ) from error


def _format_of(out: Path | None) -> Format:
    endings = {".csv": Format.CSV, ".parquet": Format.PARQUET, ".md": Format.MARKDOWN}
    return Format.TABLE if out is None else endings.get(out.suffix, Format.TABLE)


def _flat(rows: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    lists = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.List)]
    return rows.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)


def _prompt(run: Callable[[str], pl.DataFrame]) -> None:
    import readline  # noqa: F401 (gives input() a history)

    say("DuckDB on the store. End a statement with ';', leave with Ctrl-D. `SHOW TABLES;` lists the tables.")
    pending = ""
    first, further = ("sql> ", "...> ") if sys.stdin.isatty() else ("", "")
    while True:
        try:
            pending += input(further if pending else first) + "\n"
        except EOFError:
            say()
            return
        except KeyboardInterrupt:
            say()  # the prompt's line is ended
            raise
        if not pending.strip():
            pending = ""
        elif pending.rstrip().endswith(";"):
            try:
                _write(run(pending), None, None)
            except StoreError as error:
                say(f"error: {error}", err=True)
            pending = ""
