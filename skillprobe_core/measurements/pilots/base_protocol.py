"""The protocol of a base whose levels a pilot chooses."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.store import Store
from skillprobe_core.engine.up_to_date import bring_up_to_date, provenance_of, stored_partition
from skillprobe_core.measurements.items.wanted_items import drawn_items, items_of_set, load_items
from skillprobe_core.measurements.number_types.number_type_choice import decided_for
from skillprobe_core.measurements.protocols.evaluation_protocol import (
    Protocol,
    Record,
    protocol_and_items,
    protocol_unrecorded,
    recorded_protocol,
)

from .pilots_table import PILOTS

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def protocol_of_base(probe: Probe) -> tuple[Protocol, pl.DataFrame]:
    """The protocol of a probe's base with its item set: the one recorded for the base, else one chosen by a pilot now.

    All checkpoints of the base, and all models trained from it, have this protocol. Raises the errors of
    `protocol_and_items`, and those of the backend for a pilot that cannot run.
    """
    settings, store, base = probe.settings, probe.store, decided_for(probe)

    @cache
    def levels() -> Mapping[str, tuple[int, ...]]:
        return chosen_levels(store.read(PILOTS, bring_up_to_date(PILOTS, probe).partition))

    if recorded_protocol(settings, store, base) is None:
        levels()  # before the protocols are locked, since it may take minutes
    return protocol_and_items(settings, store, base, lambda items, store: load_items(items, store, levels()))


def protocol_of_base_unrecorded(probe: Probe) -> tuple[Protocol, pl.DataFrame] | None:
    """The protocol and the item set that `protocol_of_base` gives; None if a pilot has to run first. Writes nothing."""
    settings, store, base = probe.settings, probe.store, decided_for(probe)
    part = stored_partition(PILOTS, probe, provenance_of(PILOTS, probe))
    if part is None:
        return recorded_protocol(settings, store, base)
    levels = chosen_levels(store.read(PILOTS, part))
    return protocol_unrecorded(settings, store, base, lambda items, store: drawn_items(items, store, levels))


def chosen_levels(pilot: pl.DataFrame) -> dict[str, tuple[int, ...]]:
    """The levels of each kind that the rows of a pilot chose."""
    chosen = pilot.filter("chosen").group_by("kind").agg(pl.col("level").sort()).sort("kind")
    return {kind: tuple(levels) for kind, levels in chosen.select("kind", "level").iter_rows()}


def pilot_of(store: Store, protocol: Record) -> pl.DataFrame | None:
    """The rows of the pilot that chose the items of a protocol; None if its settings named the levels."""
    if not protocol.base:
        return None
    items = items_of_set(store, protocol.item_set)
    drawn = {(kind, level) for kind, level in items.filter(source="procedural").select("kind", "level").iter_rows()}
    for part in reversed([*store.parts(PILOTS)]):
        if part.directories[0].startswith(f"base={protocol.base[:16]}."):
            rows = store.read(PILOTS, part)
            if {(kind, level) for kind, levels in chosen_levels(rows).items() for level in levels} == drawn:
                return rows
    return None
