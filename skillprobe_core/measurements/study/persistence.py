"""Persistent collapses: those still present at the next checkpoint."""

from __future__ import annotations

import polars as pl

_GROUP = ("model", "item_set", "scope", "skill", "domain", "kind")


def with_persistence(tests: pl.DataFrame) -> pl.DataFrame:
    """`tests` (the `profile_tests` of several steps) with a column `persistent`.

    True from the second of two consecutive evaluated steps at which the cell is collapsed, false otherwise; null for a
    collapse at a model's first evaluated step, which cannot be confirmed. A base (step 0) counts as evaluated.
    """
    before = pl.col("collapse").shift(1).over(_GROUP, order_by="step")
    known = pl.when(~pl.col("collapse")).then(pl.lit(value=False)).otherwise(before)
    return tests.with_columns(known.alias("persistent"))


def persistent_collapses(tests: pl.DataFrame) -> pl.DataFrame:
    """One row per model and group that collapsed persistently.

    Columns: model, scope, skill, domain, kind, `first_step` (the first of two consecutive collapsed steps),
    `confirmed_step` (the second), `last_step` (the last collapsed one), and `recovered`, true if the cell is no longer
    collapsed at the model's last evaluated step.
    """
    marked = with_persistence(tests).with_columns(
        pl.col("step").shift(1).over(_GROUP, order_by="step").alias("previous"),
        pl.col("step").max().over(_GROUP).alias("end"),
    )
    return (
        marked.group_by(_GROUP)
        .agg(
            pl.col("previous").filter(pl.col("persistent")).min().alias("first_step"),
            pl.col("step").filter(pl.col("persistent")).min().alias("confirmed_step"),
            pl.col("step").filter(pl.col("collapse")).max().alias("last_step"),
            (~pl.col("collapse").filter(pl.col("step") == pl.col("end")).last()).alias("recovered"),
        )
        .filter(pl.col("confirmed_step").is_not_null())
        .sort(_GROUP)
    )
