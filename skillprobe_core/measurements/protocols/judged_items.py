"""Item sets that have results."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.items.wanted_items import items_of_set
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

from .evaluation_protocol import Record, no_results, records


def judged_items(store: Store, protocol: str) -> pl.DataFrame:
    """The frozen item set of a protocol, by its digest; raises StoreError if nothing was judged under it."""
    found = next((each for each in records(store) if each.protocol == protocol), None)
    if found is None or not store.models(VERDICTS, protocol):
        raise no_results(store, protocol)
    return items_of_set(store, found.item_set)


def steps_without(store: Store, protocol: str, model: str) -> list[int]:
    """The steps of a model that have verdicts, but none under this protocol."""
    return sorted({*store.steps(VERDICTS, model)} - {*store.steps(VERDICTS, model, protocol)})


def other_bases(store: Store, protocol: str) -> dict[str, Record]:
    """Models that have no verdicts under a protocol, but under that of another base with the same settings."""
    known = records(store)
    settings = {each.settings for each in known if each.protocol == protocol}
    here = {*store.models(VERDICTS, protocol)}
    found = {
        model: each
        for each in known
        if each.base and each.settings in settings and each.protocol != protocol
        for model in store.models(VERDICTS, each.protocol)
    }
    return {model: each for model, each in sorted(found.items()) if model not in here}


def check_evaluated(store: Store, protocol: str, models: Iterable[str]) -> None:
    """Raise StoreError for a model without verdicts under a protocol, naming the protocols under which it has some."""
    for model in models:
        if store.steps(VERDICTS, model, protocol):
            continue
        others = {each.protocol: each for each in records(store) if store.steps(VERDICTS, model, each.protocol)}
        if not others:
            known = store.models(VERDICTS, protocol)
            alone = model.rpartition("@")[0]
            remedy = f"give the model without a step: {alone}" if alone in known else f"use one of: {', '.join(known)}"
            raise StoreError(f"the store has no model named {model!r}", remedy=remedy, path=store.root)
        named = "; ".join(f"{digest} ({each.name})" for digest, each in others.items())
        remedy = "give one of these with --protocol"
        if any(each.base for each in others.values()):
            remedy += (
                '. With `levels = "auto"` the models of each base answer items of their own; to compare models of '
                "different bases, list the same `levels` under [items] and evaluate them again"
            )
        raise StoreError(
            f"model {model!r} was not evaluated under protocol {protocol}, but under {named}",
            remedy=remedy,
            path=store.root,
        )
