"""Columns of an item, as item sets and the table `items` hold them."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.table import ITEM_KEYS, Column

ITEMS_VERSION = 1
"""Version of the columns; part of the digest that names an item set."""

ITEM_COLUMNS = (
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
    Column("evidence", pl.List(pl.String), "The steps of the solution as texts, in order"),
    Column("reference", pl.String, "Worked solution that ends in the answer: the text `reference` of divergences"),
    Column("chance", pl.Float64, "Probability that the best blind guess is correct"),
    Column("source", pl.String, "procedural, or the name of the public data set"),
)

ITEM_SCHEMA = pl.Schema({column.name: column.dtype for column in ITEM_COLUMNS})
