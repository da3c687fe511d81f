"""Item sets that have results, and the noise floor measured for their models."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.measurements.noise_floor import NOISE_FLOOR
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.store.parquet import Partition, Store

from .items import items_of_set
from .protocol import no_results, records


def judged_items(store: Store, protocol: str) -> pl.DataFrame:
    """The frozen item set of a protocol, by its digest; raises StoreError if nothing was judged under it."""
    found = next((each for each in records(store) if each.protocol == protocol), None)
    if found is None or not store.models(VERDICTS, protocol):
        raise no_results(store, protocol)
    return items_of_set(store, found.item_set)


def steps_without(store: Store, protocol: str, model: str) -> list[int]:
    """The steps of a model that have verdicts, but none under this protocol."""
    return sorted({*store.steps(VERDICTS, model)} - {*store.steps(VERDICTS, model, protocol)})


def stored_noise(store: Store, protocol: str, models: Sequence[str]) -> pl.DataFrame:
    """All rows of `noise_floor` under a protocol for these models, or for all models if none of these was measured."""
    measured = list(store.partitions(NOISE_FLOOR, protocol))
    chosen = [key for key in measured if key[0] in models] or measured
    parts = [store.read(NOISE_FLOOR, Partition.checkpoint(*key, protocol)) for key in chosen]
    return pl.concat([pl.DataFrame(schema=NOISE_FLOOR.polars_schema), *parts])
