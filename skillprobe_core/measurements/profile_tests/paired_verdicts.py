"""Verdicts of two checkpoints, paired by item."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.benchmark.units import with_units
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.verdicts.answer_form import (
    FORM_RATES,
    form_rates,
    is_cut,
    is_well_formed,
    with_ending,
)
from skillprobe_core.measurements.verdicts.judge_generations import check_same_item_set

_SIDE: dict[str, type[pl.DataType]] = {
    "share": pl.Float64,
    "samples": pl.Int64,
    "well_formed": pl.Int64,
    "well_formed_share": pl.Float64,
    "uncut": pl.Boolean,
    **dict.fromkeys(FORM_RATES, pl.Float64),
}
_ABOUT = ("item_id", "unit", "skill", "domain", "kind", "level", "template", "source")


def paired_items(verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """One row per item that both answered, in an order that does not depend on the order of the inputs.

    Columns: item_id, `unit` (a number from 0, shared by items drawn together), `alone` (true if the item is a unit by
    itself), skill, domain, kind, level, template, source, `both_well_formed` and `both_uncut` (each side has a
    well-formed answer; neither side has a cut one), and per side (the base's with `base_` before them): `share` of
    correct samples, `samples` (their number), `well_formed` (the number of these that are well-formed and finished),
    `well_formed_share` (of correct ones among them; null if there are none), `uncut`, and the share of samples of each
    of `FORM_RATES`. Raises StoreError when a side holds several checkpoints,
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
    empty = [pl.lit(None, dtype).alias(prefix + name) for prefix in ("base_", "") for name, dtype in _SIDE.items()]
    return _with_both(_about(items.clear()).with_columns(empty))


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
    of_base = _answers(base_verdicts, "item_id").rename({name: f"base_{name}" for name in _SIDE})
    known = _about(items.join(of_base.select("item_id"), on="item_id", how="semi")).join(of_base, on="item_id")
    known = known.sort("skill", "domain", "kind", "level", "item_id")
    pairs = {}
    parts = verdicts.partition_by("model", "step", as_dict=True, include_key=False)
    for (model, step), part in sorted(parts.items()):
        own = _answers(part, "item_id")
        # The columns of the items and of the base are shared by all checkpoints, not copied.
        both = known.hstack(
            known.select("item_id").join(own, on="item_id", how="left", maintain_order="left").drop("item_id")
        )
        there = both["samples"].count()
        if there < own.height:
            raise _lacking(own, of_base, "base")
        if there < known.height:
            raise _lacking(of_base, own, "checkpoint")
        pairs[(str(model), int(step))] = _with_both(both)
    return pairs


def _answers(verdicts: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """The columns of one side, one row for each value of the keys."""
    right, formed = pl.col("verdict") == "correct", is_well_formed()
    found = (
        with_ending(verdicts)
        .group_by(keys)
        .agg(
            right.mean().alias("share"),
            pl.len().cast(pl.Int64).alias("samples"),
            formed.sum().cast(pl.Int64).alias("well_formed"),
            right.filter(formed).mean().alias("well_formed_share"),
            (~is_cut()).all().alias("uncut"),
            *(condition.mean().alias(name) for name, condition in form_rates().items()),
        )
    )
    return found.select(*keys, *_SIDE)


def _with_both(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.with_columns(
        both_well_formed=(pl.col("well_formed") > 0) & (pl.col("base_well_formed") > 0),
        both_uncut=pl.col("uncut") & pl.col("base_uncut"),
    )


def _about(items: pl.DataFrame) -> pl.DataFrame:
    alone = (pl.col("unit") == pl.col("item_id")).alias("alone")
    return with_units(items).select(_ABOUT).with_columns(alone, pl.col("unit").rank("dense").cast(pl.Int64) - 1)


def _lacking(answered: pl.DataFrame, other: pl.DataFrame, name: str) -> StoreError:
    items = answered.join(other, on="item_id", how="anti")["item_id"].unique().sort()
    return StoreError(
        f"the {name} has no verdict on {len(items)} items that the other side answered, for example {items[0]}",
        remedy=f"run `skillprobe probe FOLDER` for the {name} again, which completes its generations and verdicts",
    )
