"""The store: one directory of Parquet files, one whole file per table and checkpoint."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock

from skillprobe_core.errors import StoreError

from .schema import Table
from .writing import writing

_PROVENANCE = b"skillprobe.provenance"
_PART = "part.parquet"


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a stored table was computed from.

    data_version: digest of everything below; equal versions mean equal rows.
    code_version: version of the stage that computed it.
    inputs: name to digest of what went in.
    table_version: version of the table's schema; None for that of the running code.
    """

    data_version: str
    code_version: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    table_version: int | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """Which file of a table: a checkpoint of a partitioned table, or a named part (an item set) of another."""

    directories: tuple[str, ...]

    @classmethod
    def checkpoint(cls, model: str, step: int) -> Partition:
        """The file of one checkpoint."""
        return cls((f"model={model}", f"step={step}"))

    @classmethod
    def item_set(cls, item_set: str) -> Partition:
        """The file of one frozen item set."""
        return cls((f"item_set={item_set}",))


def _arrow(table: Table, frame: pl.DataFrame) -> pa.Table:
    return table.conform(frame).to_arrow(compat_level=pl.CompatLevel.oldest())


class Store:
    """Reads and writes the tables below one directory. A reader sees a whole file or none."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: Table, partition: Partition) -> Path:
        """The file that holds a partition, whether it exists or not."""
        return self.root.joinpath(table.name, *partition.directories, _PART)

    def write(self, table: Table, partition: Partition, frame: pl.DataFrame, provenance: Provenance) -> Path:
        """Replace a partition in one step; raises StoreError when the frame does not fit the table's schema."""
        return self.write_parts(table, partition, [frame], provenance)

    def write_parts(
        self, table: Table, partition: Partition, frames: Iterable[pl.DataFrame], provenance: Provenance
    ) -> Path:
        """The same from frames that are taken one after the other and written as row groups of their own.

        Memory holds one of them at a time; that rows of two frames differ in their key is the caller's to see to.
        """
        with writing(self.root):
            return self._write_parts(table, partition, frames, provenance)

    def _write_parts(
        self, table: Table, partition: Partition, frames: Iterable[pl.DataFrame], provenance: Provenance
    ) -> Path:
        target = self.path(table, partition)
        target.parent.mkdir(parents=True, exist_ok=True)
        facts = {
            "table": table.name,
            "table_version": table.version,
            "data_version": provenance.data_version,
            "code_version": provenance.code_version,
            "inputs": dict(sorted(provenance.inputs.items())),
        }
        metadata = {_PROVENANCE: json.dumps(facts, sort_keys=True)}
        schema = _arrow(table, pl.DataFrame(schema=table.polars_schema)).schema.with_metadata(metadata)
        temporary = target.with_name(f".{_PART}.{os.getpid()}")
        try:
            with pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
                for frame in frames:
                    writer.write_table(_arrow(table, frame).cast(schema), row_group_size=122_880)
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        return target

    def read(self, table: Table, partition: Partition) -> pl.DataFrame:
        """The rows of a partition; raises StoreError when it is missing, damaged or of another table version."""
        path = self.path(table, partition)
        provenance = self.provenance(table, partition)
        if provenance is None:
            raise StoreError(
                f"there is no table {table.name!r} for {'/'.join(partition.directories)}",
                remedy=f"materialise {table.name!r} first, or run `skillprobe probe`, which runs every stage",
                path=path,
            )
        if provenance.table_version != table.version:
            raise StoreError(
                f"written as version {provenance.table_version} of the table, this is version {table.version}",
                remedy=f"materialise {table.name!r} again, which replaces it",
                path=path,
            )
        return table.conform(pl.read_parquet(path, hive_partitioning=False))

    def provenance(self, table: Table, partition: Partition) -> Provenance | None:
        """What the partition was computed from, read from the file's footer; None where there is no file.

        Raises StoreError for a file that is damaged or foreign.
        """
        path = self.path(table, partition)
        try:
            metadata = pq.read_metadata(path).metadata or {}
        except FileNotFoundError:
            return None
        except Exception as error:
            raise StoreError(
                f"not a whole Parquet file ({error})", remedy="delete it and run again", path=path
            ) from error
        if _PROVENANCE not in metadata:
            raise StoreError("not written by skillprobe", remedy="move it out of the store", path=path)
        facts = json.loads(metadata[_PROVENANCE])
        return Provenance(facts["data_version"], facts["code_version"], facts["inputs"], facts["table_version"])

    def row_count(self, table: Table, partition: Partition) -> int:
        """Number of stored rows, read from the file's footer."""
        rows: int = pq.read_metadata(self.path(table, partition)).num_rows
        return rows

    def models(self, table: Table) -> list[str]:
        """The models that a partitioned table holds anything of, sorted."""
        return sorted(folder.name.removeprefix("model=") for folder in (self.root / table.name).glob("model=*"))

    def partitions(self, table: Table) -> Iterator[tuple[str, int]]:
        """Model and step of every stored partition, sorted."""
        for model in self.models(table):
            yield from ((model, step) for step in self.steps(table, model))

    def steps(self, table: Table, model: str) -> list[int]:
        """The steps of a model that a partitioned table holds, sorted."""
        parts = (self.root / table.name / f"model={model}").glob(f"step=*/{_PART}")
        return sorted(int(part.parent.name.removeprefix("step=")) for part in parts)

    def item_sets(self, table: Table) -> list[str]:
        """The stored parts of an unpartitioned table, most recently written last."""
        parts = sorted((self.root / table.name).glob(f"item_set=*/{_PART}"), key=lambda part: part.stat().st_mtime_ns)
        return [part.parent.name.removeprefix("item_set=") for part in parts]

    def scratch(self, *names: str) -> Path:
        """A folder for work in progress (chunks of a generation, locks), outside every table."""
        folder = self.root.joinpath("_work", *names)
        with writing(self.root):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """A lock between processes on this machine, so that two runs never compute one thing at the same time."""
        lock = FileLock(self.scratch("locks") / f"{name}.lock")
        with writing(self.root):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()
