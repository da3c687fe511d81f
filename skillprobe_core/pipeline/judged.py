"""Which item set there are results on."""

from __future__ import annotations

import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.store.parquet import Partition, Store
from skillprobe_core.store.tables.verdicts import VERDICTS

from .items import items_of_set


def judged_items(store: Store, item_set: str | None = None) -> pl.DataFrame:
    """A frozen item set, by default that of the verdicts written last; raises StoreError where there is none."""
    if item_set is None:
        judged = [store.path(VERDICTS, Partition.checkpoint(*key)) for key in store.partitions(VERDICTS)]
        if not judged:
            raise StoreError(
                "nothing has been judged yet", remedy="run `skillprobe probe` or `skillprobe demo`", path=store.root
            )
        last = max(judged, key=lambda path: path.stat().st_mtime_ns)
        item_set = str(pl.read_parquet(last, columns=["item_set"], n_rows=1, hive_partitioning=False).item())
    return items_of_set(store, item_set)
