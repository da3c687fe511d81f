"""Items that were gained and items that were forgotten."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items


def item_changes(verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """One row per item that both checkpoints answered: `outcome` gained, forgotten, kept (both) or unsolved (neither).

    An item counts as solved if more than half of its samples are correct. Columns: item_id, skill, domain, kind,
    level, template, outcome, base_share, share (of correct samples). Raises StoreError like `paired_items`.
    """
    now, then = pl.col("share") > 0.5, pl.col("base_share") > 0.5
    outcome = (
        pl.when(now & ~then)
        .then(pl.lit("gained"))
        .when(then & ~now)
        .then(pl.lit("forgotten"))
        .when(now)
        .then(pl.lit("kept"))
        .otherwise(pl.lit("unsolved"))
    )
    pairs = paired_items(verdicts, base_verdicts, items)
    kept = ("item_id", "skill", "domain", "kind", "level", "template")
    return pairs.select(*kept, outcome.alias("outcome"), "base_share", "share")


def informative_items(changes: pl.DataFrame, *, count: int = 3) -> pl.DataFrame:
    """The most informative items on the change of every cell, at most `count` each, from `item_changes`.

    These are items that changed in the direction of their cell (in either direction if it did not change), the largest
    change in the share of correct samples first. Among equals, easier items come first if forgotten, harder ones if
    gained. The column `place` counts from 1.
    """
    cell = ["skill", "domain"]
    change = pl.col("share") - pl.col("base_share")
    direction = change.sum().over(cell).round(9).sign()
    moved = changes.with_columns(change.alias("change"), direction.alias("direction")).filter(
        (pl.col("change") != 0) & (pl.col("change").sign() * pl.col("direction") >= 0)
    )
    ordered = moved.sort(
        *cell, -pl.col("change").abs().round(9), pl.col("level").cast(pl.Int64) * -pl.col("change").sign(), "item_id"
    )
    place = pl.int_range(1, pl.len() + 1).over(cell)
    return ordered.with_columns(place.alias("place")).filter(pl.col("place") <= count).drop("direction")
