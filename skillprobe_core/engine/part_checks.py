"""Complete checks of a table's stored files: names, footers, checksums of all pages, and rows in their own place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from skillprobe_core.errors import StoreError
from skillprobe_core.machine.unfinished_files import is_unfinished

from .part_files import footer, rows, unreadable
from .table import Table

_OF_CHECKPOINT = re.compile(r"model=[^/]+/step=\d+/(part|[0-9a-f]{16})\.parquet")
_OF_ANYTHING_ELSE = re.compile(r"[^/]+=[^/]+/part\.parquet")


@dataclass(frozen=True, slots=True)
class Fault:
    """A stored file that cannot be used.

    cause: the reason, for people. movable: False for a file that only lacks permissions.
    """

    path: Path
    cause: str
    movable: bool = True


def faults_of(table: Table, folder: Path) -> Iterator[Fault]:
    """Every file in a table's folder that is damaged, foreign, of a later version or in another part's place.

    Files that are being written, or that a killed process left, are not among them.

    Args:
        table: The table.
        folder: Its folder, which need not exist.

    Yields:
        The faults, by path.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        if is_unfinished(path.name) or path.name.startswith("."):
            continue
        cause = _misnamed(table, path.relative_to(folder).as_posix())
        try:
            cause = cause or _fault(table, path)
        except FileNotFoundError:
            continue  # replaced or removed by another process since it was listed
        except PermissionError:
            yield Fault(path, "cannot be read: permission denied", movable=False)
            continue
        if cause:
            yield Fault(path, cause)


def _misnamed(table: Table, name: str) -> str:
    pattern = _OF_CHECKPOINT if table.partitioned else _OF_ANYTHING_ELSE
    return "" if pattern.fullmatch(name) else "not a name of a file of this table"


def _fault(table: Table, path: Path) -> str:
    try:
        facts = footer(path)
    except StoreError as error:
        if isinstance(error.__cause__, PermissionError):
            raise error.__cause__ from error
        return error.cause
    if facts is None:
        raise FileNotFoundError(path)
    if facts["table"] != table.name:
        return f"its rows are those of table {facts['table']!r}"
    if isinstance(version := facts["table_version"], int) and version > table.version:
        return f"written by a later skillprobe (version {version} of the table, here {table.version})"
    return _unreadable(path)


def _unreadable(path: Path) -> str:
    """Read all rows: with their checksums, and by the library of all commands, which may refuse other footers."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            cause = next(filter(None, (_misplaced(path, batch) for batch in file.iter_batches())), "")
        rows(path)
        return cause
    except (FileNotFoundError, PermissionError):
        raise
    except StoreError as error:
        return error.cause
    except Exception as error:
        return unreadable(path, error).cause


def _misplaced(path: Path, batch: pa.RecordBatch) -> str:
    """Name a column whose values differ from the folder that the rows are in."""
    for part in path.parts[-3:-1]:
        name, _, value = part.partition("=")
        if name in {"model", "step", "protocol", "item_set"} and name in batch.schema.names:
            strange = [each for each in pc.unique(batch.column(name)).to_pylist() if str(each) != value]
            if strange:
                return f"its rows belong to {name} {strange[0]}"
    return ""
