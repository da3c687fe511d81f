"""The item set of the settings: built once, frozen under its digest, checked whenever it is read."""

from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_set import item_set_digest
from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.errors import ItemError, StoreError
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.items.wanted_items import WantedItems, build, items_of_set, load_items, recipe

SETTINGS = ItemSettings(levels=(1,), per_level=3, kinds=("column_sum", "energy_levels"))


def test_a_set_is_built_once_and_read_afterwards(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = load_items(SETTINGS, store)
    (file,) = tmp_path.glob("items/*/part.parquet")
    written = file.stat().st_mtime_ns
    assert load_items(SETTINGS, store).equals(first)
    assert file.stat().st_mtime_ns == written
    assert first["item_set"].unique().to_list() == [item_set_digest(first)[:16]]
    assert items_of_set(store, first["item_set"][0]).equals(first)


def test_the_same_settings_give_the_same_set_in_any_store(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "one"), Store(tmp_path / "other")
    assert build(SETTINGS, one).equals(build(SETTINGS, other))
    assert recipe(SETTINGS, one) == recipe(SETTINGS, other)


@pytest.mark.parametrize("change", [{"levels": (2,)}, {"per_level": 4}, {"kinds": ("column_sum",)}, {"seed": 1}])
def test_other_settings_are_another_set_with_another_recipe(change: dict[str, object], tmp_path: Path) -> None:
    store, other = Store(tmp_path), SETTINGS.model_copy(update=change)
    assert recipe(other, store) != recipe(SETTINGS, store)
    assert item_set_digest(build(other, store)) != item_set_digest(build(SETTINGS, store))
    load_items(SETTINGS, store)
    load_items(other, store)
    assert len(list(tmp_path.glob("items/*/part.parquet"))) == 2


def test_a_set_that_was_edited_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    items = load_items(SETTINGS, store)
    part = Partition.item_set(items["item_set"][0])
    provenance = store.provenance(ITEMS, part)
    assert provenance is not None
    path = store.write(ITEMS, part, items.with_columns(answer=items["answer"].reverse()), provenance)
    edited = path.read_bytes()
    for read in (lambda: load_items(SETTINGS, store), lambda: items_of_set(store, str(items["item_set"][0]))):
        with pytest.raises(StoreError, match="was changed after it was frozen") as caught:
            read()
        assert caught.value.path == str(path)
    assert path.read_bytes() == edited


def test_a_set_under_another_name_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    items = load_items(SETTINGS, store)
    (file,) = tmp_path.glob("items/*/part.parquet")
    file.parent.rename(file.parent.with_name("item_set=" + "0" * 16))
    with pytest.raises(StoreError, match="was changed after it was frozen"):
        items_of_set(store, "0" * 16)
    with pytest.raises(StoreError, match="has no rows"):
        items_of_set(store, str(items["item_set"][0]))


def test_kinds_and_sources_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="unknown item kind 'nun'"):
        load_items(ItemSettings(kinds=("nun",)), Store(tmp_path))
    with pytest.raises(ItemError, match="skillprobe items import gsm8k"):
        load_items(ItemSettings(kinds=(), sources=("gsm8k",)), Store(tmp_path))


def test_wanted_items_are_found_by_their_content_only(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no rows of wanted items"):
        WantedItems(SETTINGS, Store(tmp_path)).partition(ITEMS)
    assert isinstance(build(SETTINGS, Store(tmp_path)), pl.DataFrame)
