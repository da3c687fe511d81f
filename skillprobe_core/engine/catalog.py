"""SQL over the store: an in-memory DuckDB with one view per table, of one protocol, and one of all protocols."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.machine.unfinished_files import replace_text

from .former_names import comment_of, selected, with_former_names
from .named_tables import models_named, models_read, parsed, tables_named
from .sql_parts import check_parts, of_damaged_file
from .sql_restrictions import remedy_of
from .sql_text import literally, quoted
from .store import Store, file_pattern
from .table import Column, Table

if TYPE_CHECKING:
    import duckdb
    from polars._typing import PolarsDataType

ALL_PROTOCOLS = "all_protocols"
_SCHEMA = f"CREATE SCHEMA IF NOT EXISTS {ALL_PROTOCOLS}"
_MOST_VALUES = 20
_NONE = "none"
_OF_COMMENTS = ("comment", "duckdb_", "information_schema")  # one of them is in every statement that reads comments
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


def view_statements(store: Store, table: Table, protocol: str | None = None, *, earlier: bool = False) -> list[str]:
    """The SQL that creates a table's view with comments on the view and on each column (see `view_query`)."""
    name = _view_name(table, protocol)
    query = view_query(store, table, protocol, earlier=earlier)
    return [f"CREATE OR REPLACE VIEW {name} AS {query}", *_comments(table, name)]


def view_query(
    store: Store,
    table: Table,
    protocol: str | None = None,
    *,
    earlier: bool = False,
    models: Collection[str] | None = None,
) -> str:
    """The SQL that a table's view stands for.

    The view shows the rows of one protocol. If it is None, the view shows those of all, in the schema `all_protocols`.
    Files that have a column under its former name give it under the present one.
    With `earlier`, columns that no file has are null: the store holds files of an earlier version. So are columns of
    measures that were added after the rows were computed. With `models`, only files of these models are read.
    """
    columns = ", ".join(selected(column) for column in table.columns)
    patterns = _patterns(store, table, _parts(table, protocol), models)
    if not patterns:
        return _no_rows(table)
    listed = ", ".join(map(quoted, patterns))
    files = f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"
    if earlier or any(table.of_code.values()):
        return f"SELECT {columns} FROM ({_no_rows(table)} UNION ALL BY NAME SELECT * FROM {files})"
    return f"SELECT {columns} FROM {files}"


def _patterns(store: Store, table: Table, parts: str, models: Collection[str] | None = None) -> list[str]:
    """DuckDB's patterns of a table's files: one, or one for each of some models; none without files."""
    folder = store.root / table.name
    names = sorted(models) if models is not None and table.partitioned else None
    below = [""] if names is None else [f"model={name}" for name in names]
    if names is not None:
        parts = parts.removeprefix("*/")
    return [
        "/".join(filter(None, (literally(str(folder / each)), parts)))
        for each in below
        if any((folder / each).glob(parts))
    ]


def _view_name(table: Table, protocol: str | None) -> str:
    return table.name if protocol is not None else f"{ALL_PROTOCOLS}.{table.name}"


def _comments(table: Table, name: str) -> Iterator[str]:
    yield f"COMMENT ON VIEW {name} IS {quoted(table.about)}"
    yield from _column_comments(name, table.columns)


def _column_comments(name: str, columns: Iterable[Column]) -> Iterator[str]:
    for column in columns:
        yield f'COMMENT ON COLUMN {name}."{column.name}" IS {quoted(comment_of(column))}'


def _former_comments(table: Table, name: str) -> Iterator[str]:
    """The comments on columns that had another name, which statements with that name need."""
    return _column_comments(name, (column for column in table.columns if column.formerly))


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
        _execute(connection, store, table, None, catalog_statements(store, table, protocol, earlier=earlier))
    return connection


class LazyViews:
    """The views of `connect`, which read no file before a statement names their table.

    A store of 10,000 checkpoints has 80,000 files, and a view reads the footers of all files of its table. The 1,500
    comments, which take half a second, are likewise written before the first statement that reads them; only those on
    columns that had another name are always there.
    """

    def __init__(self, store: Store, tables: Iterable[Table], protocol: str | None) -> None:
        """Open a connection with a view without rows for each of the tables."""
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute("SET parquet_metadata_cache = true")  # a query reads the checked footers again
        self._store, self._protocol = store, protocol or _NONE
        self._tables = {table.name: table for table in tables}
        self._filled: set[tuple[str, str | None]] = set()
        self._earlier: bool | None = None
        self._commented = False
        self.connection.execute(_SCHEMA)
        for table in self._tables.values():
            for name in (_view_name(table, self._protocol), _view_name(table, None)):
                self.connection.execute(f"CREATE VIEW {name} AS {_no_rows(table)}")
                for comment in _former_comments(table, name):
                    self.connection.execute(comment)

    def read_for(self, sql: str, values: Mapping[str, object] | None = None, *, alone: bool = False) -> None:
        """Let the views of the tables that a statement names read their files.

        Args:
            sql: The statement.
            values: Values of its parameters.
            alone: No other statement follows on the connection. Then only files of the models that the statement
                limits a table to are read (see `named_tables.models_read`).

        Raises:
            StoreError: Files of a table cannot be read.
        """
        if not self._commented and any(word in sql.lower() for word in _OF_COMMENTS):
            self._comment()
        schemas: list[str | None] = [self._protocol]
        if ALL_PROTOCOLS in sql.lower():
            schemas.append(None)
        named = tables_named(sql, self._tables)
        wanted = [(name, of) for name in sorted(named) for of in schemas if (name, of) not in self._filled]
        limits = self._limits(sql, values or {}) if alone and wanted else {}
        for name, of in wanted:
            self._fill(self._tables[name], of, limits.get(name))
        self._filled.update(wanted)

    def _comment(self) -> None:
        for table in self._tables.values():
            for name in (_view_name(table, self._protocol), _view_name(table, None)):
                for comment in _comments(table, name):
                    self.connection.execute(comment)
        self._commented = True

    def _limits(self, sql: str, values: Mapping[str, object]) -> dict[str, set[str]]:
        import duckdb

        try:
            return models_read(parsed(self.connection, sql), self._tables, values)
        except duckdb.Error:  # running the statement gives the reason
            return {}

    def _fill(self, table: Table, protocol: str | None, models: Collection[str] | None) -> None:
        if self._earlier is None:
            self._earlier = self._store.written_before_protocols()
        name = _view_name(table, protocol)
        query = view_query(self._store, table, protocol, earlier=self._earlier, models=models)
        comments = _comments(table, name) if self._commented else _former_comments(table, name)
        statements = [f"CREATE OR REPLACE VIEW {name} AS {query}", *comments]
        _execute(self.connection, self._store, table, models, statements)


def _execute(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    table: Table,
    models: Collection[str] | None,
    statements: Iterable[str],
) -> None:
    """Execute statements on a table's views; raise StoreError when its files (of some models) cannot be read."""
    import duckdb

    try:
        for pattern in _patterns(store, table, _parts(table, None), models):
            check_parts(connection, table, pattern)
        for statement in statements:
            connection.execute(statement)
    except duckdb.Error as error:
        raise StoreError(
            f"the files of table {table.name!r} are damaged or from another version: {str(error).splitlines()[0]}",
            remedy="`skillprobe store check` names the files, and with --set-aside moves them away; then evaluate "
            "their checkpoints again: skillprobe probe FOLDER",
            path=store.root / table.name,
        ) from error


def write_catalog(store: Store, tables: Iterable[Table], protocol: str | None) -> Path:
    """Write the views of the tables to an SQL file that any DuckDB shell can load: `duckdb -init FILE`."""
    file = store.scratch("sql") / "catalog.sql"
    earlier = store.written_before_protocols()
    views = (catalog_statements(store, table, protocol, earlier=earlier) for table in tables)
    statements = [_SCHEMA, *(statement for view in views for statement in view)]
    replace_text(file, "".join(f"{statement};\n" for statement in statements))
    return file


def query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    *,
    models: set[str],
    values: Mapping[str, object] | None = None,
    most: int | None = None,
) -> pl.DataFrame:
    """The rows that a query returns, the first `most` if given; `values` are those of its parameters, written `$NAME`.

    `models` are the stored models: a query that compares `model` with any other name raises StoreError instead of
    returning no rows, and so do a value that no row of its tables has in the column of the parameter's name, and SQL
    that DuckDB rejects. Former names of columns are understood (`former_names.py`).
    """
    import duckdb

    try:
        named = {
            *models_named(parsed(connection, sql)),
            *([str(values["model"])] if values and "model" in values else []),
        }
        unknown = sorted(named - models - ({"all"} if values else set()))
        if unknown:
            known = ", ".join(sorted(models))
            raise StoreError(
                f"the store has no model named {unknown[0]!r}",
                remedy=f"use one of: {known}" if known else "run `skillprobe probe FOLDER` first",
            )
        rows = with_former_names(connection, lambda: _rows(connection, sql, values, most))
        if values and rows.is_empty():
            _check_values(connection, sql, values)
        return rows
    except duckdb.Error as error:
        if (damaged := of_damaged_file(error)) is not None:
            raise damaged from error
        raise StoreError(
            f"DuckDB rejects the query: {error}",
            remedy=remedy_of(error),
        ) from error


def _check_values(connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> None:
    """Raise StoreError for a value of a parameter that the query's tables do not have in the column of its name."""
    for name, value in values.items():
        if name == "model" or value in ("all", "last"):
            continue
        having = "SELECT DISTINCT table_name FROM information_schema.columns WHERE column_name = ?"
        views = tables_named(sql, [view for (view,) in connection.execute(having, [name]).fetchall()])
        if not views:
            continue
        of_model = " WHERE model = $model" if values.get("model", "all") != "all" else ""
        column = f'SELECT CAST("{name}" AS VARCHAR) AS value'
        union = " UNION ".join(f'{column} FROM "{view}"{of_model}' for view in sorted(views))
        found = connection.execute(
            f"SELECT DISTINCT value FROM ({union}) ORDER BY TRY_CAST(value AS BIGINT), value",
            {"model": values["model"]} if of_model else None,
        )
        known = [each for (each,) in found.fetchall() if each is not None]
        if known and (str(int(str(value))) if str(value).isdecimal() else str(value)) not in known:
            shown = ", ".join(known[:_MOST_VALUES]) + (", ..." if len(known) > _MOST_VALUES else "")
            raise StoreError(
                f"no stored row has the {name} {str(value)!r}",
                remedy=f"use one of: {shown}",
            )


def _rows(
    connection: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object] | None, most: int | None
) -> pl.DataFrame:
    answer = connection.sql(sql, params=dict(values)) if values else connection.sql(sql)
    if answer is None:
        return pl.DataFrame()
    rows: pl.DataFrame = (answer if most is None else answer.limit(most)).pl()
    return rows
