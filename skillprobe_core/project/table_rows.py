"""Rows of any table under one protocol, for people."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Table
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.protocols.evaluation_protocol import Record


def read_table(
    store: Store, table: Table, protocol: Record, *, model: str | None = None, step: int | None = None
) -> pl.DataFrame:
    """The stored rows of a table, of one protocol where it has rows per protocol.

    Args:
        store: The store.
        table: The table.
        protocol: The protocol; of `items` the rows are those of its item set.
        model: Only the rows of this model (default: all).
        step: Only the rows of this step (default: all).

    Returns:
        The rows, in the types of the table's columns. A table that was never computed has none.

    Raises:
        StoreError: The table has no column of that name, no row has the model or the step, or a file is damaged.
    """
    given = {"model": model, "step": step}
    wanted = {name: value for name, value in given.items() if value is not None}
    for name in wanted:
        if name not in table.polars_schema:
            raise StoreError(
                f"table {table.name!r} has no column {name!r}", remedy=f"read it without `{name}`", path=store.root
            )
    if not table.partitioned:
        return _chosen(_read(store, table, _parts(store, table, protocol)), wanted, table, store)
    places = pl.DataFrame(
        list(store.partitions(table, protocol.protocol)), schema={"model": pl.String, "step": pl.Int64}, orient="row"
    )
    keys = _chosen(places, wanted, table, store)
    digest = protocol.protocol
    return _read(store, table, (Partition.checkpoint(each, at, digest) for each, at in keys.iter_rows()))


def _parts(store: Store, table: Table, protocol: Record) -> Iterator[Partition]:
    if table.by_protocol:
        here = Partition.of_protocol(protocol.protocol)
        yield from [here] if store.provenance(table, here) is not None else []
    elif table.name == ITEMS.name:
        yield Partition.item_set(protocol.item_set)
    else:
        yield from store.parts(table)


def _read(store: Store, table: Table, parts: Iterator[Partition]) -> pl.DataFrame:
    return pl.concat([table.polars_schema.to_frame(), *(store.read(table, part) for part in parts)])


def _chosen(frame: pl.DataFrame, wanted: dict[str, str | int], table: Table, store: Store) -> pl.DataFrame:
    """The rows with the wanted values; raises StoreError for a value that no row has."""
    for name, value in wanted.items():
        known = frame[name].unique().sort()
        if value not in known:
            some = ", ".join(map(str, known)) or "none"
            raise StoreError(
                f"table {table.name!r} has no rows of {name} {value!r} under this protocol",
                remedy=f"use one of: {some}" if len(known) else "run `skillprobe probe FOLDER` first",
                path=store.root,
            )
        frame = frame.filter(pl.col(name) == value)
    return frame
