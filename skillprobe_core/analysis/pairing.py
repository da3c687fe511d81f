"""Two checkpoints' verdicts, item beside item."""

from __future__ import annotations

import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.scoring.units import with_units
from skillprobe_core.scoring.verdicts import check_same_item_set

_ABOUT = ("item_id", "unit", "skill", "domain", "kind", "level", "template", "source")


def paired_items(verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """One row per item that both answered, in an order that does not depend on that of the inputs.

    Columns: item_id, unit, skill, domain, kind, level, template, source, and per side the share of correct samples
    (`share`, `base_share`) and their number (`samples`, `base_samples`). Raises StoreError where a side
    holds several checkpoints, another item set, or items that the other side lacks: a pair cannot be made up.
    """
    sides = {"checkpoint": verdicts, "base": base_verdicts}
    for name, side in sides.items():
        check_same_item_set(side, items, what=f"verdicts of the {name}")
        checkpoints = side.select("model", "step").unique().height
        if checkpoints > 1:
            raise StoreError(
                f"the verdicts of the {name} are of {checkpoints} checkpoints", remedy="pass those of one checkpoint"
            )
    ours, theirs = (_shares(side) for side in sides.values())
    for mine, other, name in ((ours, theirs, "base"), (theirs, ours, "checkpoint")):
        lacking = mine.join(other, on="item_id", how="anti").sort("item_id")
        if lacking.height:
            raise StoreError(
                f"the {name} has no verdict on {lacking.height} items that the other side answered, "
                f"such as {lacking['item_id'][0]}",
                remedy=f"finish the generations of the {name} on the whole item set, then judge them",
            )
    theirs = theirs.rename({"share": "base_share", "samples": "base_samples"})
    about = with_units(items).select(_ABOUT)
    return about.join(ours, on="item_id").join(theirs, on="item_id").sort("skill", "domain", "kind", "level", "item_id")


def _shares(verdicts: pl.DataFrame) -> pl.DataFrame:
    return verdicts.group_by("item_id").agg(
        (pl.col("verdict") == "correct").mean().alias("share"), pl.len().cast(pl.Int64).alias("samples")
    )
