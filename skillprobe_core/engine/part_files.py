"""Single Parquet files of a table: their footers and rows, with an error that names one that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from skillprobe_core.errors import StoreError

PROVENANCE = b"skillprobe.provenance"
"""Key of the entry in a file's footer that names the origin of its rows."""

SET_ASIDE = "run `skillprobe store check --set-aside`, which moves it away, then the command that writes it again"


def footer(path: Path) -> Mapping[str, Any] | None:
    """The origin of the rows that a file of the store names in its footer; None if the file does not exist.

    Raises StoreError for a file that is damaged, cannot be read or was not written by skillprobe.
    """
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except FileNotFoundError:
        return None
    except Exception as error:
        raise unreadable(path, error) from error
    try:
        facts = json.loads(metadata[PROVENANCE])
        return {name: facts[name] for name in ("table", "table_version", "data_version", "code_version", "inputs")}
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise foreign(path) from error


def rows(path: Path, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """The rows of a file, or some of their columns.

    Raises StoreError for a file that is damaged or cannot be read, FileNotFoundError if there is none.
    """
    try:
        return pl.read_parquet(
            path, columns=None if columns is None else list(columns), hive_partitioning=False, glob=False
        )
    except FileNotFoundError:
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        raise unreadable(path, error) from error


def row_count(path: Path) -> int:
    """Number of rows of a file; raises StoreError for one that is damaged or cannot be read, or is gone."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except Exception as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: BaseException) -> StoreError:
    """The error for a file that cannot be read."""
    if isinstance(error, PermissionError):
        return StoreError(
            "cannot be read: permission denied", remedy="make it a file that this user may read", path=path
        )
    lines = str(error).splitlines() or [type(error).__name__]
    return StoreError(f"not a complete Parquet file ({lines[0]})", remedy=SET_ASIDE, path=path)


def foreign(path: Path) -> StoreError:
    """The error for a file that skillprobe did not write."""
    return StoreError(
        "the file was not written by skillprobe",
        remedy="move it out of the store's folder, for example by `skillprobe store check --set-aside`",
        path=path,
    )
