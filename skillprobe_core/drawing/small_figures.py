"""The small figure of a table, as a Markdown image: one model's history up to a step, or the rows of one partition."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Table

from .svg import as_markdown

_MOST_STEPS = 60


def small_figure(store: Store, protocol: str, table: Table, model: str, step: int) -> str | None:
    """The table's figure for the model up to that step, as a Markdown image; None for a table without a figure.

    Rows are those of one protocol, by its digest. Steps with rows of another table version are left out. Of more than
    60 steps, 60 evenly spread ones are shown.
    """
    if table.figure is None:
        return None
    now = store.read(table, Partition.checkpoint(model, step, protocol))
    earlier = _earlier(store, protocol, table, model, step) if table.figure.history and now.height else []
    return figure_of_rows(store, protocol, table, pl.concat([*earlier, now]))


def figure_of_rows(store: Store, protocol: str | None, table: Table, rows: pl.DataFrame) -> str | None:
    """The table's figure of these rows, as a Markdown image; None for a table without a figure, and without rows."""
    drawn = None if table.figure is None or rows.is_empty() else table.figure.draw(rows, store, protocol)
    return None if drawn is None else as_markdown(*drawn)


def _earlier(store: Store, protocol: str, table: Table, model: str, step: int) -> list[pl.DataFrame]:
    steps = [at for at in store.steps(table, model, protocol) if at < step]
    frames = []
    for at in steps[:: -(-len(steps) // _MOST_STEPS) or 1]:
        part = Partition.checkpoint(model, at, protocol)
        found = store.provenance(table, part)
        if found is not None and found.table_version == table.version:
            frames.append(store.read(table, part))
    return frames
