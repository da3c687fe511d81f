"""Bringing a table up to date: computed once for given inputs, complete or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import polars as pl

from .digest import digest_of
from .part_files import row_count
from .store import Partition, Provenance, Store
from .table import Frames, Table


class Subject(Protocol):
    """The thing that a table is computed for: a checkpoint, a project or a study."""

    @property
    def store(self) -> Store:
        """The store that holds the rows."""
        ...

    def partition(self, table: Table) -> Partition:
        """The place of this subject's rows of a table."""
        ...


@runtime_checkable
class FromFiles(Protocol):
    """A subject whose rows are computed from files outside the store, which others can replace at any time."""

    def confirm(self, table: Table, *, in_use: bool) -> None:
        """Raise SkillprobeError unless the files are still those that the table's inputs name.

        `in_use` is true if rows were computed since the last call.
        """
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of one table for one subject; `reused` if the stored rows were up to date."""

    table: Table
    partition: Partition
    provenance: Provenance
    path: Path
    rows: int
    reused: bool
    seconds: float


def provenance_of(table: Table, subject: Subject) -> Provenance:
    """The provenance that the table's rows for this subject would have if they were computed now."""
    inputs: dict[str, str] = {}
    for need in table.needs:
        inputs |= need.versions(subject)
    return provenance_with(table, inputs, _place(table, subject).protocol if table.by_protocol else None)


def provenance_with(table: Table, inputs: Mapping[str, str], protocol: str | None) -> Provenance:
    """The provenance of rows that the running code computes, or would compute, from these inputs."""
    named = dict(inputs)
    if table.by_protocol:
        named["protocol"] = protocol or ""
    version = digest_of(table.name, table.version, table.code_version, named)
    return Provenance(data_version=version, code_version=table.code_version, inputs=named)


def bring_up_to_date(table: Table, subject: Subject, compute: Callable[[Any], Frames] | None = None) -> Result:
    """Compute a table's rows for a subject, unless the store holds rows of the same inputs.

    Args:
        table: The table.
        subject: What it is computed for.
        compute: A computation of the same rows to use in place of the table's own, for example one that reports its
            progress.

    Returns:
        The stored rows' place, origin and number.

    Raises:
        SkillprobeError: An input is missing or was replaced, or the computation fails; nothing is written then.
    """
    started = time.monotonic()
    store = subject.store
    provenance = provenance_of(table, subject)
    # Two runs may need the same rows at the same time: the second waits and finds the first one's.
    with store.lock(f"{table.name}-{provenance.data_version[:16]}"):
        part = stored_partition(table, subject, provenance)
        reused = part is not None
        if part is None:
            _confirm(table, subject, in_use=False)
            try:
                part = _write(table, subject, provenance, (compute or _computation(table))(subject))
            except Exception:
                _confirm(table, subject, in_use=True)  # where its files were replaced, that is the cause
                raise
    found = store.provenance(table, part) if table.decision or table.named_by else provenance
    path = store.path(table, part)
    return Result(table, part, found or provenance, path, row_count(path), reused, time.monotonic() - started)


def stored_result(table: Table, store: Store, partition: Partition) -> Result:
    """The result that a stored partition stands for; raises StoreError when it is missing."""
    provenance = store.provenance(table, partition)
    if provenance is None:
        raise store.missing(table, partition)
    path = store.path(table, partition)
    return Result(table, partition, provenance, path, row_count(path), reused=True, seconds=0.0)


def stored_partition(table: Table, subject: Subject, provenance: Provenance) -> Partition | None:
    """The partition that holds rows of this provenance for a subject; None where they have to be computed."""
    store = subject.store
    if table.named_by is not None:
        return next(_of_same_inputs(store, table, provenance), None)
    part = _place(table, subject)
    stored = store.provenance(table, part)
    if stored is None or not (table.decision or stored.data_version == provenance.data_version):
        return None
    return part


def computed(table: Table, subject: Subject) -> pl.DataFrame:
    """A table's rows for a subject, computed now and not written."""
    made = _computation(table)(subject)
    return made if isinstance(made, pl.DataFrame) else pl.concat(made)


def write_rows(table: Table, subject: Subject, rows: pl.DataFrame) -> None:
    """Store rows that another table's computation also gave, under the provenance that they would have by their own."""
    _write(table, subject, provenance_of(table, subject), rows)


def _write(table: Table, subject: Subject, provenance: Provenance, made: Frames) -> Partition:
    """Store rows, unless the files that they were computed from were replaced at the same time."""
    store = subject.store
    if table.named_by is not None:
        assert isinstance(made, pl.DataFrame)
        part = table.named_by(made)
    else:
        part = _place(table, subject)
    frames = [made] if isinstance(made, pl.DataFrame) else made
    store.write_parts(table, part, _confirmed(table, subject, frames), provenance)
    return part


def _confirmed(table: Table, subject: Subject, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    yield from frames
    _confirm(table, subject, in_use=True)  # before the rows take their place in the store


def _confirm(table: Table, subject: Subject, *, in_use: bool) -> None:
    if isinstance(subject, FromFiles):
        subject.confirm(table, in_use=in_use)


def _place(table: Table, subject: Subject) -> Partition:
    return subject.partition(table) if table.place is None else table.place(subject)


def _computation(table: Table) -> Callable[[Subject], Frames]:
    if table.compute is None:
        raise TypeError(f"table {table.name!r} declares no computation")
    return table.compute


def _of_same_inputs(store: Store, table: Table, provenance: Provenance) -> Iterator[Partition]:
    for part in store.parts(table):
        found = store.provenance(table, part)
        if found is not None and (found.inputs, found.code_version, found.table_version) == (
            dict(provenance.inputs),
            provenance.code_version,
            table.version,
        ):
            yield part
