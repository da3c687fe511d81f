"""The item set described in the settings: built once, frozen in the store, checked on every read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from skillprobe_core.benchmark.item_schema import Kind
from skillprobe_core.benchmark.item_set import build_chosen_item_set, build_item_set, freeze, item_set_digest
from skillprobe_core.benchmark.item_settings import AUTO, ItemSettings
from skillprobe_core.benchmark.kind_registry import all_kinds, kind_named
from skillprobe_core.benchmark.level_choice import MOST_LEVELS, share_evenly
from skillprobe_core.benchmark.sources.importing import sample, source_file, stored_digest, stored_items
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Table
from skillprobe_core.engine.up_to_date import bring_up_to_date, provenance_of, stored_partition
from skillprobe_core.errors import ItemError, StoreError

from .items_table import ITEMS

Levels = Mapping[str, Sequence[int]]
"""Levels by the name of a kind, as a pilot chose them."""


@dataclass(frozen=True, slots=True)
class WantedItems:
    """The subject of table `items`: the settings that describe an item set, and the store that holds it.

    levels: the levels that a pilot chose; None if the settings name them.
    """

    settings: ItemSettings
    store: Store
    levels: Levels | None = None

    def partition(self, table: Table) -> Partition:
        """Raise TypeError: an item set is named by its content."""
        raise TypeError(f"table {table.name!r} has no rows of wanted items")


def load_items(settings: ItemSettings, store: Store, levels: Levels | None = None) -> pl.DataFrame:
    """The item set of these settings, read from the store if it was frozen there before.

    levels: those that a pilot chose, if the settings leave it to one. Raises StoreError when the content of a stored
    item set no longer has the digest that is its name, ItemError when the settings name an unknown kind, a level that
    no kind has, or a source that has not been imported.
    """
    return unchanged(store, bring_up_to_date(ITEMS, WantedItems(settings, store, levels)).partition)


def drawn_items(settings: ItemSettings, store: Store, levels: Levels | None = None) -> pl.DataFrame:
    """The item set that `load_items` gives, drawn now if the store does not hold it; writes nothing."""
    wanted = WantedItems(settings, store, levels)
    part = stored_partition(ITEMS, wanted, provenance_of(ITEMS, wanted))
    return build(settings, store, levels) if part is None else unchanged(store, part)


def items_of_set(store: Store, item_set: str) -> pl.DataFrame:
    """A frozen item set by its digest; raises StoreError when the store lacks it or it was changed."""
    return unchanged(store, Partition.item_set(item_set))


def recipe(settings: ItemSettings, store: Store, levels: Levels | None = None) -> str:
    """Digest of everything that an item set is built from: settings, chosen levels, kinds and imported sources."""
    kinds = sorted([kind.name, kind.version] for kind in kinds_of(settings))
    sources = [[name, stored_digest(name, store.root)] for name in settings.sources]
    chosen = [] if levels is None else [sorted([name, *some] for name, some in levels.items())]
    return digest_of(
        "items", ITEMS.version, ITEMS.code_version, settings.model_dump(mode="json"), kinds, sources, *chosen
    )


def kinds_of(settings: ItemSettings) -> tuple[Kind, ...]:
    """The kinds that the settings name, else all of them; raises ItemError for an unknown one."""
    return all_kinds() if settings.kinds is None else tuple(kind_named(name) for name in settings.kinds)


def build(settings: ItemSettings, store: Store, levels: Levels | None = None) -> pl.DataFrame:
    """Draw the item set of these settings; the same settings, levels, kinds and sources give the same items.

    Raises ItemError for a source that has no items to evaluate.
    """
    kinds = kinds_of(settings)
    parts = [_sampled(name, settings, store) for name in dict.fromkeys(settings.sources)]
    if kinds or not parts:
        parts.append(_drawn(settings, kinds, levels).drop("item_set"))
    return freeze(pl.concat(parts))


def _sampled(name: str, settings: ItemSettings, store: Store) -> pl.DataFrame:
    found = sample(stored_items(name, store.root), settings.per_source, seed=settings.seed)
    if found.is_empty():
        raise ItemError(
            f"source {name!r} has no items in the evaluation split, so none of them would be evaluated",
            remedy=f"import more items, or import the file again with --split evaluation; or leave {name!r} out",
            path=source_file(name, store.root),
        )
    return found


def per_kind(settings: ItemSettings) -> int:
    """Number of items of a kind whose levels a pilot chooses: as many as three levels have."""
    return MOST_LEVELS * settings.per_level


def _drawn(settings: ItemSettings, kinds: Sequence[Kind], levels: Levels | None) -> pl.DataFrame:
    if levels is not None:
        numbers = {name: share_evenly(per_kind(settings), chosen) for name, chosen in levels.items()}
        return build_chosen_item_set(kinds, numbers, seed=settings.seed)
    if settings.levels == AUTO:
        raise ItemError(
            '`levels = "auto"` gives each base an item set of its own, so there is none without a base',
            remedy="evaluate a base or a checkpoint with `skillprobe probe FOLDER`, which chooses its levels, or list "
            "the levels in `levels` under [items]",
        )
    offered = {level for kind in kinds for level in kind.levels}
    if offered and (unknown := sorted({*settings.levels} - offered)):
        raise ItemError(
            f"no kind has level {unknown[0]}",
            remedy=f"use levels from {min(offered)} to {max(offered)} in `levels` under [items] (or --levels)",
        )
    if settings.kinds is None:  # only some kinds have the highest levels
        kinds = [kind for kind in kinds if {*kind.levels} & {*settings.levels}]
    return build_item_set(kinds, levels=settings.levels, per_level=settings.per_level, seed=settings.seed)


def unchanged(store: Store, part: Partition) -> pl.DataFrame:
    """Read a frozen item set and check its content against the digest that is its name."""
    frame = store.read(ITEMS, part)
    item_set = part.directories[0].removeprefix("item_set=")
    found = item_set_digest(frame)[:16]
    if found != item_set or frame["item_set"].unique().to_list() != [item_set]:
        raise StoreError(
            f"item set {item_set} was changed after it was frozen: its content now has digest {found}",
            remedy="restore the original file, or delete it and run `skillprobe items build` to build it again; "
            "stored results are not affected",
            path=store.path(ITEMS, part),
        )
    return frame
