"""The `items` table: the questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.shown import Grid, Shown
from skillprobe_core.engine.table import ITEM_KEYS, Column, Need, Table
from skillprobe_core.store.parquet import Partition

if TYPE_CHECKING:
    from skillprobe_core.pipeline.items import WantedItems


def _recipe(wanted: WantedItems) -> dict[str, str]:
    from skillprobe_core.pipeline.items import recipe

    return {"recipe": recipe(wanted.settings, wanted.store)}


def _compute(wanted: WantedItems) -> pl.DataFrame:
    from skillprobe_core.pipeline.items import build

    return build(wanted.settings, wanted.store)


def _headline(frame: pl.DataFrame) -> Shown:
    counts = frame.group_by("skill", "domain").len().pivot("domain", index="skill", values="len", sort_columns=True)
    return {
        "item_set": frame["item_set"][0],
        "items_per_cell": Grid(counts.sort("skill")),
        "kinds": frame["kind"].n_unique(),
    }


ITEMS = Table(
    name="items",
    version=1,
    about="One row per question of an item set",
    key=("item_set", "item_id"),
    partitioned=False,
    columns=(
        *ITEM_KEYS,
        Column("skill", pl.String, "The atomic skill that the item isolates"),
        Column("domain", pl.String, "Subject of the item: math, science, coding or general"),
        Column("kind", pl.String, "The generator or data set that the item comes from"),
        Column("kind_version", pl.Int32, "Version of that generator"),
        Column("level", pl.Int8, "Difficulty, 1 (a model of two million parameters can learn it) to 5"),
        Column("split", pl.String, "train, validation or evaluation"),
        Column("template", pl.String, "The wording used, which is the cluster in paired tests"),
        Column("prompt", pl.String, "The question"),
        Column("answer", pl.String, "The canonical answer"),
        Column("answer_type", pl.String, "Type of the answer, which determines how answers are compared"),
        Column("accepted", pl.List(pl.String), "Other answers that also count as correct"),
        Column(
            "tolerance",
            pl.Float64,
            "Largest absolute error of a correct decimal answer",
            may_be_null="no answer is a decimal",
        ),
        Column("evidence", pl.List(pl.String), "Texts that a strictly correct completion contains, in order"),
        Column("reference", pl.String, "Worked solution that ends in the answer: the text of source `reference`"),
        Column("chance", pl.Float64, "Probability that the best blind guess is correct"),
        Column("source", pl.String, "procedural, or the name of the public data set"),
    ),
    more="The item set described in the settings: built once, frozen, and checked on every read.",
    needs=(Need("recipe", _recipe),),
    compute=_compute,
    code_version="2",
    named_by=lambda frame: Partition.item_set(str(frame["item_set"][0])),
    headline=_headline,
    group="benchmark",
    kinds=("python", "parquet"),
)
