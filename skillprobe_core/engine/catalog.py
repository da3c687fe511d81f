"""SQL over the store: an in-memory DuckDB with one view per table, of one protocol, and one of all protocols."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.machine.unfinished_files import replace_text

from .former_names import comment_of, selected, with_former_names
from .sql_parts import check_parts, of_damaged_file
from .store import Store, file_pattern
from .table import Table

if TYPE_CHECKING:
    import duckdb
    from polars._typing import PolarsDataType

ALL_PROTOCOLS = "all_protocols"
_SCHEMA = f"CREATE SCHEMA IF NOT EXISTS {ALL_PROTOCOLS}"
_NONE = "none"
_DUCK_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int8: "TINYINT",
    pl.Int16: "SMALLINT",
    pl.Int32: "INTEGER",
    pl.Int64: "BIGINT",
    pl.Float32: "FLOAT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Binary: "BLOB",
    pl.Datetime: "TIMESTAMPTZ",
}


def _duck_type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.List):
        return f"{_duck_type(_instance(dtype.inner))}[]"
    if isinstance(dtype, pl.Struct):
        fields = ", ".join(f'"{field.name}" {_duck_type(_instance(field.dtype))}' for field in dtype.fields)
        return f"STRUCT({fields})"
    return _DUCK_TYPES[type(dtype)]


def _instance(dtype: PolarsDataType) -> pl.DataType:
    return dtype() if isinstance(dtype, type) else dtype


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _literally(path: str) -> str:
    """A path that DuckDB does not take for a pattern."""
    return re.sub(r"[*?[]", r"[\g<0>]", path)


def view_statements(store: Store, table: Table, protocol: str | None = None, *, earlier: bool = False) -> list[str]:
    """The SQL that creates a table's view with comments on the view and on each column.

    The view shows the rows of one protocol. If it is None, the view shows those of all, in the schema `all_protocols`.
    Files that have a column under its former name give it under the present one.
    With `earlier`, columns that no file has are null: the store holds files of an earlier version. So are columns of
    measures that were added after the rows were computed.
    """
    name = table.name if protocol is not None else f"{ALL_PROTOCOLS}.{table.name}"
    parts = _parts(table, protocol)
    columns = ", ".join(selected(column) for column in table.columns)
    if any((store.root / table.name).glob(parts)):
        pattern = f"{_literally(str(store.root / table.name))}/{parts}"
        files = f"read_parquet({_quoted(pattern)}, hive_partitioning = false, union_by_name = true)"
        query = f"SELECT {columns} FROM {files}"
        if earlier or any(table.of_code.values()):
            query = f"SELECT {columns} FROM ({_no_rows(table)} UNION ALL BY NAME SELECT * FROM {files})"
    else:
        query = _no_rows(table)
    statements = [
        f"CREATE OR REPLACE VIEW {name} AS {query}",
        f"COMMENT ON VIEW {name} IS {_quoted(table.about)}",
    ]
    comments = {column.name: _quoted(comment_of(column)) for column in table.columns}
    return [*statements, *(f'COMMENT ON COLUMN {name}."{column}" IS {text}' for column, text in comments.items())]


def _parts(table: Table, protocol: str | None) -> str:
    """Pattern of the files of a table below its folder: of one protocol, or of all if None."""
    if table.partitioned:
        return f"*/*/{file_pattern(table, protocol)}"
    return f"protocol={protocol or '*'}/part.parquet" if table.by_protocol else "*/part.parquet"


def _no_rows(table: Table) -> str:
    columns = (f'NULL::{_duck_type(_instance(column.dtype))} AS "{column.name}"' for column in table.columns)
    return f"SELECT {', '.join(columns)} WHERE false"


def catalog_statements(store: Store, table: Table, protocol: str | None, *, earlier: bool = False) -> list[str]:
    """The SQL of a table's two views: of one protocol (its digest; None: no rows are there yet), and of all."""
    return [
        *view_statements(store, table, protocol or _NONE, earlier=earlier),
        *view_statements(store, table, earlier=earlier),
    ]


def connect(store: Store, tables: Iterable[Table], protocol: str | None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with one view for each of the tables; every column carries a comment.

    The views show one protocol, by its digest; those in the schema `all_protocols` show all, of the same names.

    The views read the Parquet files when they are queried, so that a writer never locks a reader out. Raises
    StoreError when a table's files cannot be read.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET parquet_metadata_cache = true")  # a query reads the footers again that are checked here
    connection.execute(_SCHEMA)
    earlier = store.written_before_protocols()
    for table in tables:
        try:
            if any((store.root / table.name).glob(parts := _parts(table, None))):
                check_parts(connection, table, f"{_literally(str(store.root / table.name))}/{parts}")
            for statement in catalog_statements(store, table, protocol, earlier=earlier):
                connection.execute(statement)
        except duckdb.Error as error:
            raise StoreError(
                f"the files of table {table.name!r} are damaged or from another version: {str(error).splitlines()[0]}",
                remedy="`skillprobe store check` names the files, and with --set-aside moves them away; then evaluate "
                "their checkpoints again: skillprobe probe FOLDER",
                path=store.root / table.name,
            ) from error
    return connection


def write_catalog(store: Store, tables: Iterable[Table], protocol: str | None) -> Path:
    """Write the views of the tables to an SQL file that any DuckDB shell can load: `duckdb -init FILE`."""
    file = store.scratch("sql") / "catalog.sql"
    earlier = store.written_before_protocols()
    views = (catalog_statements(store, table, protocol, earlier=earlier) for table in tables)
    statements = [_SCHEMA, *(statement for view in views for statement in view)]
    replace_text(file, "".join(f"{statement};\n" for statement in statements))
    return file


def query(
    connection: duckdb.DuckDBPyConnection, sql: str, *, models: set[str], values: Mapping[str, object] | None = None
) -> pl.DataFrame:
    """The rows that a query returns; `values` are the values of its parameters, written `$NAME`.

    `models` are the stored models: a query that compares `model` with any other name raises StoreError instead of
    returning no rows, and so does SQL that DuckDB rejects. Former names of columns are understood (`former_names.py`).
    """
    import duckdb

    try:
        ((syntax,),) = connection.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchall()
        named = {*_models_named(json.loads(syntax)), *([str(values["model"])] if values and "model" in values else [])}
        unknown = sorted(named - models - ({"all"} if values else set()))
        if unknown:
            known = ", ".join(sorted(models))
            raise StoreError(
                f"the store has no model named {unknown[0]!r}",
                remedy=f"use one of: {known}" if known else "run `skillprobe probe FOLDER` first",
            )
        return with_former_names(connection, lambda: _rows(connection, sql, values))
    except duckdb.Error as error:
        if (damaged := of_damaged_file(error)) is not None:
            raise damaged from error
        raise StoreError(
            f"DuckDB rejects the query: {error}",
            remedy="correct the query; `SHOW TABLES` lists the tables, `DESCRIBE skill_scores` the columns of one",
        ) from error


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None) -> pl.DataFrame:
    answer = connection.sql(sql, params=dict(values)) if values else connection.sql(sql)
    rows: pl.DataFrame = pl.DataFrame() if answer is None else answer.pl()
    return rows


def _models_named(node: object) -> Iterator[str]:
    """String constants that a parsed query compares with a column called `model`, by = or IN."""
    if isinstance(node, list):
        for child in node:
            yield from _models_named(child)
    elif isinstance(node, dict):
        operands = node.get("children") or [node.get("left"), node.get("right")]
        if node.get("type") in {"COMPARE_EQUAL", "COMPARE_IN"} and any(_is_model(side) for side in operands):
            for side in operands:
                if isinstance(side, dict) and side.get("class") == "CONSTANT":
                    literal = side.get("literal", {})
                    if literal.get("kind") == "STRING":
                        yield literal["text"]
        for child in node.values():
            yield from _models_named(child)


def _is_model(node: object) -> bool:
    return (
        isinstance(node, dict) and node.get("class") == "COLUMN_REF" and node.get("column_names", [])[-1:] == ["model"]
    )
