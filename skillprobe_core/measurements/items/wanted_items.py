"""The item set described in the settings: built once, frozen in the store, checked on every read."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from skillprobe_core.benchmark.item_schema import Kind
from skillprobe_core.benchmark.item_set import build_item_set, freeze, item_set_digest
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.benchmark.kind_registry import all_kinds, kind_named
from skillprobe_core.benchmark.sources.importing import sample, stored_digest, stored_items
from skillprobe_core.engine.digest import digest_of
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.engine.table import Table
from skillprobe_core.engine.up_to_date import bring_up_to_date, provenance_of, stored_partition
from skillprobe_core.errors import StoreError

from .items_table import ITEMS


@dataclass(frozen=True, slots=True)
class WantedItems:
    """The subject of table `items`: the settings that describe an item set, and the store that holds it."""

    settings: ItemSettings
    store: Store

    def partition(self, table: Table) -> Partition:
        """Raise TypeError: an item set is named by its content."""
        raise TypeError(f"table {table.name!r} has no rows of wanted items")


def load_items(settings: ItemSettings, store: Store) -> pl.DataFrame:
    """The item set of these settings, read from the store if it was frozen there before.

    Raises StoreError when the content of a stored item set no longer has the digest that is its name, ItemError when
    the settings name an unknown kind or a source that has not been imported.
    """
    return unchanged(store, bring_up_to_date(ITEMS, WantedItems(settings, store)).partition)


def drawn_items(settings: ItemSettings, store: Store) -> pl.DataFrame:
    """The item set that `load_items` gives, drawn now if the store does not hold it; writes nothing."""
    wanted = WantedItems(settings, store)
    part = stored_partition(ITEMS, wanted, provenance_of(ITEMS, wanted))
    return build(settings, store) if part is None else unchanged(store, part)


def items_of_set(store: Store, item_set: str) -> pl.DataFrame:
    """A frozen item set by its digest; raises StoreError when the store lacks it or it was changed."""
    return unchanged(store, Partition.item_set(item_set))


def recipe(settings: ItemSettings, store: Store) -> str:
    """Digest of everything that an item set is built from: the settings, the kinds and the imported sources."""
    kinds = sorted([kind.name, kind.version] for kind in _kinds(settings))
    sources = [[name, stored_digest(name, store.root)] for name in settings.sources]
    return digest_of("items", ITEMS.version, ITEMS.code_version, settings.model_dump(mode="json"), kinds, sources)


def _kinds(settings: ItemSettings) -> tuple[Kind, ...]:
    return all_kinds() if settings.kinds is None else tuple(kind_named(name) for name in settings.kinds)


def build(settings: ItemSettings, store: Store) -> pl.DataFrame:
    """Draw the item set of these settings; the same settings, kinds and sources give the same items."""
    kinds = _kinds(settings)
    parts = [
        sample(stored_items(name, store.root), settings.per_source, seed=settings.seed)
        for name in dict.fromkeys(settings.sources)
    ]
    if kinds or not parts:
        drawn = build_item_set(kinds, levels=settings.levels, per_level=settings.per_level, seed=settings.seed)
        parts.append(drawn.drop("item_set"))
    return freeze(pl.concat(parts))


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
