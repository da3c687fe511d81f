"""Parquet files that an SQL query must not count in silence: foreign ones, those of a later version, damaged ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from skillprobe_core.errors import StoreError

from .part_files import PROVENANCE, foreign
from .table import Table

if TYPE_CHECKING:
    import duckdb

_CHECK = """
SELECT file, decode(value) AS facts FROM glob($files) LEFT JOIN (
  SELECT file_name AS file, value FROM parquet_kv_metadata($files) WHERE key = CAST($key AS BLOB)
) USING (file)
WHERE value IS NULL
  OR json_extract_string(decode(value), '$.table') IS DISTINCT FROM $table
  OR CAST(json_extract_string(decode(value), '$.table_version') AS INTEGER) > $version
ORDER BY file LIMIT 1
"""
_DAMAGED = ("Error", "FatalException", "InternalException", "IOException", "SerializationException")
_NAMED_BY = "`skillprobe store check` names every file that cannot be used, and with --set-aside moves them away"


def check_parts(connection: duckdb.DuckDBPyConnection, table: Table, files: str) -> None:
    """Raise StoreError if a file of a table was not written by skillprobe, or by a later version.

    Args:
        connection: A connection; with `parquet_metadata_cache` the footers are read once for this and for the query.
        table: The table.
        files: A pattern of its files, as DuckDB has them.

    Raises:
        StoreError: The error names the first such file.
        duckdb.Error: A footer cannot be read.
    """
    values = {"files": files, "key": PROVENANCE.decode(), "table": table.name, "version": table.version}
    found = connection.execute(_CHECK, values).fetchone()
    if found is None:
        return
    file, facts = found
    try:
        known = None if facts is None else json.loads(facts)
    except ValueError:
        known = None
    if not isinstance(known, dict):
        raise foreign(Path(file))
    raise StoreError(
        f"the file is not one of this version of table {table.name!r}: it has version {known.get('table_version')} of "
        f"table {known.get('table')!r}, and this skillprobe uses version {table.version}",
        remedy=f"install the skillprobe that wrote the store, or a later one; {_NAMED_BY}",
        path=file,
    )


def of_damaged_file(error: duckdb.Error) -> StoreError | None:
    """The error for a query that failed because a file of the store is damaged; None if the query itself is wrong."""
    message = str(error).splitlines()[0]
    name = type(error).__name__
    if name == "PermissionException" or (name not in _DAMAGED and ".parquet" not in message):
        return None
    return StoreError(f"a file of the store is damaged: {message}", remedy=_NAMED_BY)
