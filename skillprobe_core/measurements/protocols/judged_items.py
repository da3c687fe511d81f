"""Item sets that have results."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.items.wanted_items import items_of_set
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

from .evaluation_protocol import no_results, records


def judged_items(store: Store, protocol: str) -> pl.DataFrame:
    """The frozen item set of a protocol, by its digest; raises StoreError if nothing was judged under it."""
    found = next((each for each in records(store) if each.protocol == protocol), None)
    if found is None or not store.models(VERDICTS, protocol):
        raise no_results(store, protocol)
    return items_of_set(store, found.item_set)


def steps_without(store: Store, protocol: str, model: str) -> list[int]:
    """The steps of a model that have verdicts, but none under this protocol."""
    return sorted({*store.steps(VERDICTS, model)} - {*store.steps(VERDICTS, model, protocol)})
