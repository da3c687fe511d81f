"""Files of a store that an earlier version wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from skillprobe_core.engine import part_files
from skillprobe_core.engine.store import Provenance, Store, file_provenance
from skillprobe_core.engine.table import Table
from skillprobe_core.measurements.table_registry import all_tables

_PART = "part.parquet"


@dataclass(frozen=True, slots=True)
class EarlierFile:
    """A file of one checkpoint from an earlier version."""

    table: Table
    model: str
    step: int
    path: Path
    provenance: Provenance

    def rows(self) -> pl.DataFrame:
        """The rows in the columns of the version that wrote them, under their present names."""
        return self.table.with_present_names(part_files.rows(self.path))


def of_checkpoints(store: Store) -> list[EarlierFile]:
    """The files of an earlier version in tables that have one per checkpoint, sorted by table, model and step."""
    return [file for table in all_tables() if table.partitioned for file in _files(store, table)]


def of_studies(store: Store) -> list[Path]:
    """The files of studies of an earlier version, which had no protocol."""
    tables = (table for table in all_tables() if table.by_protocol and not table.partitioned)
    files = (file for table in tables for file in (store.root / table.name).glob(f"*/{_PART}"))
    return sorted(file for file in files if not file.parent.name.startswith("protocol="))


def _files(store: Store, table: Table) -> Iterator[EarlierFile]:
    # A table of rows per protocol names its files by the protocol now; in others the version shows in the file alone.
    for path in sorted((store.root / table.name).glob(f"model=*/step=*/{_PART}")):
        provenance = file_provenance(path)
        if provenance is None or not (table.by_protocol or (provenance.table_version or 0) < table.version):
            continue
        model, step = (path.parts[place].partition("=")[2] for place in (-3, -2))
        yield EarlierFile(table, model, int(step), path, provenance)
