"""The item set described in the settings: built once, frozen in the store, checked on every read."""

from __future__ import annotations

import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.items.itemset import build_item_set, freeze, item_set_digest
from skillprobe_core.items.registry import all_kinds, kind_named
from skillprobe_core.items.schema import Kind, digest_of
from skillprobe_core.items.sources.importing import sample, stored_digest, stored_items
from skillprobe_core.measurements.items import ITEMS
from skillprobe_core.store.parquet import Partition, Provenance, Store

from .settings import ItemSettings

_CODE_VERSION = "2"


def load_items(settings: ItemSettings, store: Store) -> pl.DataFrame:
    """The item set of these settings, read from the store if it was frozen there before.

    Raises StoreError when the content of a stored item set no longer has the digest that is its name, ItemError when
    the settings name an unknown kind or a source that has not been imported.
    """
    recipe = _recipe(settings, store)
    with store.lock(f"items-{recipe[:16]}"):
        for item_set in store.item_sets(ITEMS):
            part = Partition.item_set(item_set)
            provenance = store.provenance(ITEMS, part)
            if provenance is not None and provenance.inputs.get("recipe") == recipe:
                return _unchanged(store, part, item_set)
        frame = _build(settings, store)
        digest = item_set_digest(frame)
        part = Partition.item_set(digest[:16])
        store.write(ITEMS, part, frame, Provenance(digest, _CODE_VERSION, {"recipe": recipe}))
        return store.read(ITEMS, part)


def items_of_set(store: Store, item_set: str) -> pl.DataFrame:
    """A frozen item set by its digest; raises StoreError when the store lacks it or it was changed."""
    return _unchanged(store, Partition.item_set(item_set), item_set)


def _recipe(settings: ItemSettings, store: Store) -> str:
    kinds = sorted([kind.name, kind.version] for kind in _kinds(settings))
    sources = [[name, stored_digest(name, store.root)] for name in settings.sources]
    return digest_of("items", ITEMS.version, _CODE_VERSION, settings.model_dump(mode="json"), kinds, sources)


def _kinds(settings: ItemSettings) -> tuple[Kind, ...]:
    return all_kinds() if settings.kinds is None else tuple(kind_named(name) for name in settings.kinds)


def _build(settings: ItemSettings, store: Store) -> pl.DataFrame:
    kinds = _kinds(settings)
    parts = [
        sample(stored_items(name, store.root), settings.per_source, seed=settings.seed)
        for name in dict.fromkeys(settings.sources)
    ]
    if kinds or not parts:
        drawn = build_item_set(kinds, levels=settings.levels, per_level=settings.per_level, seed=settings.seed)
        parts.append(drawn.drop("item_set"))
    return freeze(pl.concat(parts))


def _unchanged(store: Store, part: Partition, item_set: str) -> pl.DataFrame:
    frame = store.read(ITEMS, part)
    found = item_set_digest(frame)[:16]
    if found != item_set or frame["item_set"].unique().to_list() != [item_set]:
        raise StoreError(
            f"item set {item_set} was changed after it was frozen: its content now has digest {found}",
            remedy="restore the original file, or delete it and run `skillprobe items build` to build it again; "
            "stored results are not affected",
            path=store.path(ITEMS, part),
        )
    return frame
