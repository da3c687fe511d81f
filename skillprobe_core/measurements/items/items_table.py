"""The `items` table: the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.item_columns import ITEM_COLUMNS, ITEMS_VERSION
from skillprobe_core.engine.presentation import Grid, Shown
from skillprobe_core.engine.store import Partition
from skillprobe_core.engine.table import Need, Table

if TYPE_CHECKING:
    from .wanted_items import WantedItems


def _recipe(wanted: WantedItems) -> dict[str, str]:
    from .wanted_items import recipe

    return {"recipe": recipe(wanted.settings, wanted.store, wanted.levels)}


def _compute(wanted: WantedItems) -> pl.DataFrame:
    from .wanted_items import build

    return build(wanted.settings, wanted.store, wanted.levels)


def _headline(frame: pl.DataFrame) -> Shown:
    counts = frame.group_by("skill", "domain").len().pivot("domain", index="skill", values="len", sort_columns=True)
    return {
        "item_set": frame["item_set"][0],
        "items_per_cell": Grid(counts.sort("skill")),
        "kinds": frame["kind"].n_unique(),
    }


ITEMS = Table(
    name="items",
    version=ITEMS_VERSION,
    about="One row per question of an item set",
    key=("item_set", "item_id"),
    partitioned=False,
    columns=ITEM_COLUMNS,
    more="The item set described in the settings: built once, frozen, and checked on every read.",
    needs=(Need("recipe", _recipe),),
    compute=_compute,
    code_version="2",
    named_by=lambda frame: Partition.item_set(str(frame["item_set"][0])),
    headline=_headline,
    group="benchmark",
    kinds=("python", "parquet"),
)
