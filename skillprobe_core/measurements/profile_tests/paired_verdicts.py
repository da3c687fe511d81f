"""Verdicts of two checkpoints, paired by item."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.benchmark.units import with_units
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.verdicts.judge_generations import check_same_item_set

_ABOUT = ("item_id", "unit", "skill", "domain", "kind", "level", "template", "source")


def paired_items(verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """One row per item that both answered, in an order that does not depend on the order of the inputs.

    Columns: item_id, `unit` (a number from 0, shared by items drawn together), `alone` (true if the item is a unit by
    itself), skill, domain, kind, level, template, source, and per side the share of correct samples (`share`,
    `base_share`) and their number (`samples`, `base_samples`). Raises StoreError when a side holds several checkpoints,
    another item set, or items that the other side lacks.
    """
    pairs = paired_checkpoints(verdicts, base_verdicts, items)
    if len(pairs) > 1:
        raise StoreError(
            f"the verdicts are of {len(pairs)} checkpoints, expected one", remedy="pass the verdicts of one checkpoint"
        )
    for one in pairs.values():
        return one
    if base_verdicts.height:
        raise _lacking(base_verdicts, verdicts, "checkpoint")
    return (
        _about(items.clear())
        .with_columns(pl.lit(None, pl.Float64).alias(side + "share") for side in ("", "base_"))
        .with_columns(pl.lit(None, pl.Int64).alias(side + "samples") for side in ("", "base_"))
    )


def _check_same_protocol(verdicts: pl.DataFrame, base_verdicts: pl.DataFrame) -> None:
    """Raise StoreError for verdicts of several protocols; those that were never stored belong to none yet."""
    stored = [side["protocol"] for side in (verdicts, base_verdicts) if "protocol" in side.columns]
    found = sorted({str(protocol) for protocols in stored for protocol in protocols.unique()})
    if len(found) > 1:
        raise StoreError(
            f"the verdicts belong to {len(found)} protocols ({', '.join(found)}), expected one",
            remedy="read the verdicts of both under one protocol; `skillprobe protocols` lists them",
        )


def paired_checkpoints(
    verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame
) -> dict[tuple[str, int], pl.DataFrame]:
    """`paired_items` of every (model, step) in `verdicts`, sorted by these; all tables have the same rows in order.

    Only the fair reading is paired.
    """
    verdicts, base_verdicts = fair(verdicts), fair(base_verdicts)
    for name, side in (("checkpoint", verdicts), ("base", base_verdicts)):
        check_same_item_set(side, items, what=f"verdicts of the {name}")
    _check_same_protocol(verdicts, base_verdicts)
    bases = base_verdicts.select("model", "step").unique().height
    if bases > 1:
        raise StoreError(
            f"the verdicts of the base are of {bases} checkpoints, expected one",
            remedy="pass the verdicts of one checkpoint",
        )
    share = (pl.col("verdict") == "correct").mean().alias("share"), pl.len().cast(pl.Int64).alias("samples")
    theirs = base_verdicts.group_by("item_id").agg(share).rename({"share": "base_share", "samples": "base_samples"})
    known = _about(items.join(theirs.select("item_id"), on="item_id", how="semi")).join(theirs, on="item_id")
    known = known.sort("skill", "domain", "kind", "level", "item_id")
    shares = verdicts.group_by("model", "step", "item_id").agg(share)
    pairs = {}
    for (model, step), mine in sorted(shares.partition_by("model", "step", as_dict=True, include_key=False).items()):
        both = known.join(mine, on="item_id", maintain_order="left")
        if both.height < mine.height:
            raise _lacking(mine, theirs, "base")
        if both.height < known.height:
            raise _lacking(theirs, mine, "checkpoint")
        pairs[(str(model), int(step))] = both
    return pairs


def _about(items: pl.DataFrame) -> pl.DataFrame:
    alone = (pl.col("unit") == pl.col("item_id")).alias("alone")
    return with_units(items).select(_ABOUT).with_columns(alone, pl.col("unit").rank("dense").cast(pl.Int64) - 1)


def _lacking(answered: pl.DataFrame, other: pl.DataFrame, name: str) -> StoreError:
    items = answered.join(other, on="item_id", how="anti")["item_id"].unique().sort()
    return StoreError(
        f"the {name} has no verdict on {len(items)} items that the other side answered, for example {items[0]}",
        remedy=f"run `skillprobe probe FOLDER` for the {name} again, which completes its generations and verdicts",
    )
