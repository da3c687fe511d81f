"""Former names of columns: queries that use one are answered for a release, and a note says which name to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from skillprobe_core.errors import StoreError
from skillprobe_core.terminal import say

from .table import Column

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

_FORMERLY = "; formerly "
_QUOTED = re.compile(r'"(\w+)"')


def comment_of(column: Column) -> str:
    """The comment on a view's column: its meaning, its unit and its former name."""
    meaning = f"{column.meaning} ({column.unit})" if column.unit else column.meaning
    return f"{meaning}{_FORMERLY}{column.formerly}" if column.formerly else meaning


def selected(column: Column) -> str:
    """The SQL that selects a column from files of which some may have it under its former name."""
    if not column.formerly:
        return f'"{column.name}"'
    # Expands to the names that the files have when the view is queried: one of the two, or both.
    return f"coalesce(*COLUMNS('^({column.name}|{column.formerly})$')) AS \"{column.name}\""


def with_former_names(connection: duckdb.DuckDBPyConnection, run: Callable[[], T]) -> T:
    """The result of a query on the views of a catalog, which may use former names of columns.

    Such a query sees a column under its former name alone, as it was written for, also in `SELECT *`. A note on
    standard error gives the present name. The views themselves show present names only.

    Args:
        connection: The connection with the views; their comments give the former names (see `comment_of`).
        run: Runs the query on the connection and fetches its rows.

    Returns:
        The result of `run`.

    Raises:
        StoreError: The query has a column under both names.
        duckdb.Error: The first error of the query, if former names are not the reason.
    """
    import duckdb

    used: dict[str, str] = {}
    first: duckdb.BinderException | None = None
    while True:
        try:
            with _under_former_names(connection, used):
                result = run()
        except duckdb.BinderException as error:
            first = first or error
            former = _former_names(connection)
            unknown = _unknown(error)
            for old, new in used.items():
                if new in unknown:
                    raise StoreError(
                        f"the query names one column both `{new}` and, as before, `{old}`",
                        remedy=f"write `{new}` everywhere",
                    ) from error
            missing = next((name for name in unknown if name in former and name not in used), None)
            if missing is None:
                raise first from None
            used[missing] = former[missing]
        else:
            for old, new in used.items():
                say(f"note: the column `{old}` is now `{new}`; the next release drops the old name", err=True)
            return result


def _unknown(error: duckdb.Error) -> list[str]:
    """The names that a binder error quotes; the suggestions on its further lines are left out."""
    return _QUOTED.findall(str(error).partition("\n")[0])


def _former_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Present names by former name."""
    return {old: new for _, _, new, old in _renamed(connection)}


def _renamed(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str]]:
    """Schema, view, present name and former name of each column that has one."""
    found: list[tuple[str, str, str, str]] = connection.execute(
        "SELECT schema_name, table_name, column_name, split_part(comment, $1, 2) FROM duckdb_columns() "
        "WHERE contains(comment, $1) ORDER BY ALL",
        [_FORMERLY],
    ).fetchall()
    return found


@contextmanager
def _under_former_names(connection: duckdb.DuckDBPyConnection, used: Mapping[str, str]) -> Iterator[None]:
    """For the duration, each view with one of these columns shows it under its former name."""
    views: dict[tuple[str, str], list[str]] = {}
    for schema, view, new, old in _renamed(connection) if used else ():
        if used.get(old) == new:
            views.setdefault((schema, view), []).append(f'"{new}" AS "{old}"')
    for (schema, view), names in views.items():
        connection.execute(f'ALTER VIEW {schema}.{view} RENAME TO "present {view}"')
        connection.execute(
            f'CREATE VIEW {schema}.{view} AS SELECT * RENAME ({", ".join(names)}) FROM {schema}."present {view}"'
        )
    try:
        yield
    finally:
        for schema, view in views:
            connection.execute(f"DROP VIEW {schema}.{view}")
            connection.execute(f'ALTER VIEW {schema}."present {view}" RENAME TO {view}')
