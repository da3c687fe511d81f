"""Limits of a DuckDB connection on which SQL of unknown origin runs: it reads the files of the tables, nothing else.

DuckDB's own settings refuse all other files, servers, extensions and Python variables, and a lock keeps a query from
changing them. They would still let a query write into the folders that it may read. Statements are therefore limited
to those that read, or that only change the connection's own memory.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from skillprobe_core.errors import StoreError

from .sql_text import literally, quoted

if TYPE_CHECKING:
    import duckdb

_ALLOWED = frozenset(
    {"SELECT", "CREATE", "INSERT", "UPDATE", "DELETE", "MERGE_INTO", "ALTER", "DROP", "SET", "TRANSACTION"}
)
# A PIVOT is one of several statements at once, and may stand in a COPY.
_PIVOTS = frozenset({"pivot", "unpivot", "select", "from", "with", "create", "insert"})
_FIRST_WORD = re.compile(r"[\s(]*(\w*)")
_EXPLAIN = re.compile(r"\s*explain\s+(?:analyze\s+|analyse\s+|verbose\s+)?(?:\([^()']*\)\s*)?", re.IGNORECASE)
_LOCKED = "configuration has been locked"
UNRESTRICTED = "run it with --unrestricted if you trust the query: it can then read and write all files of this user"


def restrict(connection: duckdb.DuckDBPyConnection, folders: Iterable[Path]) -> None:
    """Limit a connection, for good, to reading files below some folders.

    Args:
        connection: The connection. Views that it has keep working if their files lie below the folders.
        folders: Folders that need not exist. A symbolic link that leads out of them is refused.
    """
    places = {str(path) for folder in folders for path in (folder, folder.resolve())}
    places |= {literally(name) for name in places}  # views name their files by patterns
    allowed = ", ".join(quoted(place) for place in sorted(places))
    # DuckDB lets queries read the folder to which it spills; this one is made then, and deleted afterwards.
    spilled = Path(tempfile.gettempdir()) / f"skillprobe-sql-{uuid4().hex}"
    for setting in (
        f"temp_directory = {quoted(str(spilled))}",
        "python_enable_replacements = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "allow_persistent_secrets = false",
        f"allowed_directories = [{allowed}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


def check_reads_only(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise StoreError for SQL with a statement that can write files, attach databases or load code.

    SQL that DuckDB cannot parse passes: it does not run either.

    Args:
        connection: A connection whose parser is used; nothing runs on it.
        sql: One or several statements.

    Raises:
        StoreError: A statement is not one of those that read.
    """
    import duckdb

    try:
        sql.encode()
        statements = [(each.type.name, each.query) for each in connection.extract_statements(sql)]
    except (duckdb.Error, UnicodeEncodeError):
        return
    for kind, text in statements:
        if not _reads_only(connection, kind, text):
            raise StoreError(
                f"the query contains a statement that does not only read the store: {_named(text)}",
                remedy="use SELECT, FROM, DESCRIBE, SHOW or EXPLAIN, and --out FILE to write the rows; or "
                + UNRESTRICTED,
            )


def remedy_of(error: duckdb.Error) -> str:
    """The remedy for a query that DuckDB refuses to run."""
    import duckdb

    if isinstance(error, duckdb.PermissionException) or _LOCKED in str(error):
        return f"query the tables of the store, which `SHOW TABLES` lists; or {UNRESTRICTED}"
    return "correct the query; `SHOW TABLES` lists the tables, `DESCRIBE skill_scores` the columns of one"


def _reads_only(connection: duckdb.DuckDBPyConnection, kind: str, text: str) -> bool:
    import duckdb

    if kind == "MULTI":
        return _first_word(text) in _PIVOTS
    if kind != "EXPLAIN":
        return kind in _ALLOWED
    explained = _EXPLAIN.match(text)
    if explained is None:
        return False
    try:
        inner = connection.extract_statements(text[explained.end() :])
    except duckdb.Error:
        return False
    return all(_reads_only(connection, each.type.name, each.query) for each in inner)


def _first_word(text: str) -> str:
    found = _FIRST_WORD.match(text)
    return found[1].lower() if found else ""


def _named(text: str) -> str:
    return _first_word(text).upper() or text.strip()[:40]
