"""The store: one directory of Parquet files, one file per table, checkpoint and protocol."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from skillprobe_core.errors import StoreError
from skillprobe_core.machine.file_locks import locked
from skillprobe_core.machine.unfinished_files import replacing

from . import part_files
from .store_errors import writing
from .table import PROTOCOL, Table

_PART = "part.parquet"
UPGRADE = "this store was written by an earlier version of skillprobe: run skillprobe upgrade"
"""The line for a store that was `written_before_protocols`."""
_ONCE_WITHOUT = ("generations", "verdicts", "noise_floor")


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a stored table.

    data_version: digest of everything below; equal versions mean equal rows.
    code_version: version of the stage that computed it.
    inputs: digests of the inputs, by name.
    table_version: version of the table's schema; None for that of the running code.
    """

    data_version: str
    code_version: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    table_version: int | None = None


@dataclass(frozen=True, slots=True)
class Partition:
    """One file of a table: a checkpoint of a partitioned table, or a named part (an item set) of another table.

    `protocol` is the digest of the protocol that the rows belong to, for tables that have rows per protocol; other
    tables ignore it.
    """

    directories: tuple[str, ...]
    protocol: str | None = None

    @classmethod
    def checkpoint(cls, model: str, step: int, protocol: str | None = None) -> Partition:
        """The file of one checkpoint, and of one protocol where the table has rows per protocol."""
        return cls((f"model={model}", f"step={step}"), protocol)

    @classmethod
    def of_protocol(cls, protocol: str) -> Partition:
        """The file of one protocol in a table that is not partitioned by checkpoint."""
        return cls((f"protocol={protocol}",), protocol)

    @classmethod
    def item_set(cls, item_set: str) -> Partition:
        """The file of one frozen item set."""
        return cls((f"item_set={item_set}",))

    @classmethod
    def base(cls, digest: str, setting: str) -> Partition:
        """The file of one base, by its identity, and a setting."""
        return cls((f"base={digest[:16]}.{setting}",))


_NAMED_STEPS = 8


def file_pattern(table: Table, protocol: str | None) -> str:
    """Pattern of the names of a table's files: of one protocol, or of any if None.

    A name of 16 characters is a protocol's digest. `part.parquet` in a table of rows per protocol is from a version
    that kept no protocols.
    """
    if not (table.by_protocol and table.partitioned):
        return _PART
    return f"{protocol or '?' * 16}.parquet"


def _file_name(table: Table, partition: Partition) -> str:
    if table.by_protocol and partition.protocol is None:
        raise TypeError(f"table {table.name!r} has rows per protocol, but the partition names none")
    return file_pattern(table, partition.protocol)


def _under_protocol(table: Table, partition: Partition, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the protocol of their partition; raises StoreError for rows of another protocol."""
    if not table.by_protocol:
        return frame
    if PROTOCOL.name in frame.columns and (frame[PROTOCOL.name] != partition.protocol).any():
        raise StoreError(
            f"table {table.name!r}: rows of another protocol than {partition.protocol}",
            remedy="write the rows of each protocol to its own partition",
        )
    return frame.with_columns(pl.lit(partition.protocol).alias(PROTOCOL.name))


def _described(table: Table, partition: Partition) -> str:
    values = [part.partition("=")[2] for part in partition.directories]
    place = "@".join(values) if table.partitioned else "/".join(partition.directories)
    return f"{place} under protocol {partition.protocol}" if table.by_protocol and table.partitioned else place


def _arrow(table: Table, frame: pl.DataFrame) -> pa.Table:
    return table.conform(frame).to_arrow(compat_level=pl.CompatLevel.oldest())


def _other_version(table: Table, stored: int | None) -> str:
    if stored is not None and stored > table.version:
        return "install the skillprobe that wrote the store, or a later one"
    return (
        "run `skillprobe upgrade`; if it finds nothing to upgrade, evaluate the checkpoint again: `skillprobe probe "
        "FOLDER`, or materialise the table in Dagster"
    )


def _unfilled(table: Table, names: Iterable[str]) -> StoreError:
    return StoreError(
        f"table {table.name!r}: no row has a value in {', '.join(sorted(names))}",
        remedy="fill the column where the table is computed, or give its `Column` a `may_be_null` that states when it "
        "has no value",
    )


def file_provenance(path: Path) -> Provenance | None:
    """The origin that a file of the store names in its footer (see `Store.provenance`)."""
    facts = part_files.footer(path)
    if facts is None:
        return None
    return Provenance(facts["data_version"], facts["code_version"], facts["inputs"], facts["table_version"])


class Store:
    """Reads and writes the tables in one directory. Writes are atomic: a reader sees a complete file or none."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, table: Table, partition: Partition) -> Path:
        """The file of a partition, which need not exist."""
        return self.root.joinpath(table.name, *partition.directories, _file_name(table, partition))

    def write(self, table: Table, partition: Partition, frame: pl.DataFrame, provenance: Provenance) -> Path:
        """Replace a partition atomically; raises StoreError when the frame does not fit the table's schema.

        That includes a column without a value in any row, unless its `may_be_null` allows this.
        """
        return self.write_parts(table, partition, [frame], provenance)

    def write_parts(
        self, table: Table, partition: Partition, frames: Iterable[pl.DataFrame], provenance: Provenance
    ) -> Path:
        """Replace a partition by frames that are consumed one at a time, each written as its own row group.

        Only one frame is in memory at a time. The caller ensures that no key occurs in two frames.
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
        metadata = {part_files.PROVENANCE: json.dumps(facts, sort_keys=True)}
        schema = _arrow(table, pl.DataFrame(schema=table.polars_schema)).schema.with_metadata(metadata)
        rows, empty = 0, table.always_filled
        with replacing(target) as temporary:
            with pq.ParquetWriter(temporary, schema, compression="zstd", write_page_checksum=True) as writer:
                for frame in frames:
                    part = _arrow(table, _under_protocol(table, partition, frame)).cast(schema)
                    rows += part.num_rows
                    empty = frozenset(name for name in empty if part[name].null_count == part.num_rows)
                    writer.write_table(part, row_group_size=122_880)
            if rows and empty:
                raise _unfilled(table, empty)
            with temporary.open("rb") as written:
                os.fsync(written.fileno())
        return target

    def read(self, table: Table, partition: Partition) -> pl.DataFrame:
        """The rows of a partition; raises StoreError when it is missing, damaged or from another table version.

        Columns of measures that were added after the rows were computed are null in them.
        """
        path = self.path(table, partition)
        provenance = self.provenance(table, partition)
        if provenance is None:
            raise self.missing(table, partition)
        if not table.reads(provenance.table_version):
            raise StoreError(
                f"the file has version {provenance.table_version} of table {table.name!r}, but this skillprobe uses "
                f"version {table.version}",
                remedy=_other_version(table, provenance.table_version),
                path=path,
            )
        frame = table.with_present_names(part_files.rows(path))
        lacking = {name: dtype for name, dtype in table.polars_schema.items() if name not in frame.columns}
        same_code = table.same_code(provenance.inputs)
        if provenance.table_version != table.version or not same_code:
            frame = frame.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in lacking.items())
        if not same_code:
            # Columns of measures that are registered no more are left out.
            frame = frame.select(table.polars_schema.names())
        return table.conform(frame)

    def missing(self, table: Table, partition: Partition) -> StoreError:
        """The error for a partition that is not stored."""
        path = self.path(table, partition)
        there = table.by_protocol and table.partitioned and any(path.parent.glob(file_pattern(table, None)))
        others = "; it has rows under another protocol, which --protocol shows" if there else ""
        return StoreError(
            f"table {table.name!r} has no rows for {_described(table, partition)} yet{self._stored_steps(table, path)}",
            remedy=f"materialise {table.name!r} in Dagster, or run `skillprobe probe FOLDER` for this checkpoint"
            + others,
            path=self.root,
        )

    def _stored_steps(self, table: Table, path: Path) -> str:
        """The steps of the same model that are stored, for a message; empty without any."""
        if not table.partitioned:
            return ""
        steps = self.steps(table, path.parent.parent.name.removeprefix("model="))
        few = steps if len(steps) <= _NAMED_STEPS else [*steps[: _NAMED_STEPS - 1], "...", steps[-1]]
        return f" (steps of this model: {', '.join(map(str, few))})" if steps else ""

    def provenance(self, table: Table, partition: Partition) -> Provenance | None:
        """The partition's origin, read from the file's footer; None if the file does not exist.

        Raises StoreError for a file that is damaged or was not written by skillprobe.
        """
        return file_provenance(self.path(table, partition))

    def models(self, table: Table, protocol: str | None = None) -> list[str]:
        """The models with rows in a partitioned table (of one protocol; None: of any), sorted."""
        folders = (self.root / table.name).glob("model=*")
        pattern = f"step=*/{file_pattern(table, protocol)}"
        return sorted(folder.name.removeprefix("model=") for folder in folders if any(folder.glob(pattern)))

    def partitions(self, table: Table, protocol: str | None = None) -> Iterator[tuple[str, int]]:
        """Model and step of every stored partition (of one protocol; None: of any), sorted."""
        for model in self.models(table, protocol):
            yield from ((model, step) for step in self.steps(table, model, protocol))

    def steps(self, table: Table, model: str, protocol: str | None = None) -> list[int]:
        """The steps of a model that a partitioned table holds (under one protocol; None: under any), sorted."""
        parts = (self.root / table.name / f"model={model}").glob(f"step=*/{file_pattern(table, protocol)}")
        steps = {part.parent.name.removeprefix("step=") for part in parts}
        return sorted(int(step) for step in steps if step.isdecimal())  # others are not of this store

    def protocols(self, table: Table) -> list[str]:
        """The protocols that have a file in an unpartitioned table, sorted."""
        parts = (self.root / table.name).glob(f"protocol=*/{_PART}")
        return sorted(part.parent.name.removeprefix("protocol=") for part in parts)

    def written_before_protocols(self) -> bool:
        """True if the store holds completions or verdicts of a version that kept no protocols."""
        models = [folder for name in _ONCE_WITHOUT for folder in (self.root / name).glob("model=*")]
        return any(any(folder.glob(f"step=*/{_PART}")) for folder in models)

    def parts(self, table: Table) -> Iterator[Partition]:
        """Every stored partition of a table that is not partitioned by checkpoint, the most recently written last."""
        files = sorted((self.root / table.name).glob(f"*/{_PART}"), key=lambda file: file.stat().st_mtime_ns)
        yield from (Partition((file.parent.name,)) for file in files)

    def work(self, *names: str) -> Path:
        """The folder that `scratch` makes, which need not exist."""
        return self.root.joinpath("_work", *names)

    def scratch(self, *names: str) -> Path:
        """A folder for work in progress (chunks of a generation, locks), outside every table."""
        folder = self.work(*names)
        with writing(self.root):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def lock(self, name: str, *, shared: bool = False) -> Iterator[None]:
        """A lock between processes on this machine, so that two runs never compute the same rows at the same time.

        shared: True for one that several may hold, which only keeps those out that hold it alone.
        """
        with ExitStack() as held:
            with writing(self.root):
                held.enter_context(locked(self.scratch("locks") / f"{name}.lock", shared=shared))
            yield
