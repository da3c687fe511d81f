"""Item sets that have results, and the noise floor measured for their models."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.noise_floor import NOISE_FLOOR
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.store.parquet import Partition, Store

from .items import items_of_set


def judged_items(store: Store, item_set: str | None = None) -> pl.DataFrame:
    """A frozen item set, by default that of the verdicts written last; raises StoreError if there is none."""
    if item_set is None:
        judged = list(store.partitions(VERDICTS))
        if not judged:
            raise StoreError(
                "the store holds no results yet",
                remedy="run `skillprobe probe FOLDER` for a checkpoint, or `skillprobe demo`",
                path=store.root,
            )
        last = max(judged, key=lambda key: store.path(VERDICTS, Partition.checkpoint(*key)).stat().st_mtime_ns)
        item_set = _item_set_of(store, *last) or ""
    return items_of_set(store, item_set)


def steps_with_other_items(store: Store, model: str, item_set: str) -> list[int]:
    """The steps of a model whose stored verdicts are on another item set."""
    return [
        step
        for name, step in store.partitions(VERDICTS)
        if name == model and _item_set_of(store, name, step) not in {item_set, None}
    ]


def stored_noise(store: Store, models: Sequence[str]) -> pl.DataFrame:
    """All rows of `noise_floor` for these models, or for all models if none of these was measured; may be empty."""
    measured = list(store.partitions(NOISE_FLOOR))
    chosen = [key for key in measured if key[0] in models] or measured
    parts = [store.read(NOISE_FLOOR, Partition.checkpoint(*key)) for key in chosen]
    return pl.concat([pl.DataFrame(schema=NOISE_FLOOR.polars_schema), *parts])


def _item_set_of(store: Store, model: str, step: int) -> str | None:
    path = store.path(VERDICTS, Partition.checkpoint(model, step))
    first = pl.read_parquet(path, columns=["item_set"], n_rows=1, hive_partitioning=False, glob=False)
    return None if first.is_empty() else str(first.item())
