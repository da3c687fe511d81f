"""The small figure of a table, as a Markdown image: one model's history up to a step, or the rows of one partition."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.table import Table
from skillprobe_core.store.parquet import Partition, Store

from .svg import as_markdown

_MOST_STEPS = 60


def small_figure(store: Store, table: Table, model: str, step: int) -> str | None:
    """The table's figure for the model up to that step, as a Markdown image; None for a table without a figure.

    Steps with rows of another item set or table version are left out. Of more than 60 steps, 60 evenly spread ones are
    shown.
    """
    if table.figure is None:
        return None
    now = store.read(table, Partition.checkpoint(model, step))
    earlier = _earlier(store, table, model, step, now) if table.figure.history else []
    return figure_of_rows(store, table, pl.concat([*earlier, now]) if now.height else now)


def figure_of_rows(store: Store, table: Table, rows: pl.DataFrame) -> str | None:
    """The table's figure of these rows, as a Markdown image; None for a table without a figure, and without rows."""
    drawn = None if table.figure is None or rows.is_empty() else table.figure.draw(store, rows)
    return None if drawn is None else as_markdown(*drawn)


def _earlier(store: Store, table: Table, model: str, step: int, now: pl.DataFrame) -> list[pl.DataFrame]:
    steps = [at for at in store.steps(table, model) if at < step]
    frames = []
    for at in steps[:: -(-len(steps) // _MOST_STEPS) or 1]:
        part = Partition.checkpoint(model, at)
        found = store.provenance(table, part)
        if found is not None and found.table_version == table.version:
            frame = store.read(table, part)
            if "item_set" not in frame.columns or frame["item_set"].head(1).equals(now["item_set"].head(1)):
                frames.append(frame)
    return frames
