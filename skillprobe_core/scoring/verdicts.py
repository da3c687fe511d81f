"""Verdicts from completions: the `verdicts` table."""

from __future__ import annotations

from typing import Any

import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.items.schema import AnswerType, Domain, Item, Skill, Split
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.scoring.judging import judge
from skillprobe_core.scoring.symbolic import SymbolicChecker

_KEYS = ("model", "step", "item_set", "item_id", "sample")


def verdicts(generations: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Judge every completion against its item; one row of the `verdicts` table per row of `generations`.

    Raises StoreError when the generations answer another item set than `items`, or items that it does not have: a
    verdict on a question that has changed since would be silently wrong.
    """
    check_same_item_set(generations, items, what="generations")
    asked = items.filter(pl.col("item_id").is_in(generations["item_id"].unique().implode()))
    item_of = {row["item_id"]: _item(row) for row in asked.iter_rows(named=True)}
    thinking = "reasoning" if "reasoning" in generations.columns else pl.lit(None, pl.String).alias("reasoning")
    with SymbolicChecker() as symbolic:
        judgements = [
            judge(item_of[item_id], completion, reasoning=reasoning, symbolic=symbolic)
            for item_id, completion, reasoning in generations.select("item_id", "completion", thinking).iter_rows()
        ]
    judged = generations.select(_KEYS).with_columns(
        pl.Series("verdict", [str(j.verdict) for j in judgements], pl.String),
        pl.Series("strict", [j.strict for j in judgements], pl.Boolean),
        pl.Series("extracted", [j.extracted for j in judgements], pl.String),
        pl.Series("rule", [j.rule for j in judgements], pl.String),
    )
    return VERDICTS.conform(judged)


_AGAIN = (
    "run `skillprobe probe FOLDER` for this checkpoint again, or materialise its `generations` and `verdicts` in "
    "Dagster; both use the current item set"
)


def check_same_item_set(table: pl.DataFrame, items: pl.DataFrame, *, what: str) -> None:
    """Raise StoreError unless every row of `table` is about an item of the one item set in `items`.

    `what` names the table in the message.
    """
    wanted = sorted(items["item_set"].unique())
    found = sorted(table["item_set"].unique())
    if len(wanted) != 1:
        raise StoreError(
            f"the items belong to {len(wanted)} item sets ({', '.join(wanted) or 'none'}), expected one",
            remedy="pass the items of one item set",
        )
    if found and found != wanted:
        raise StoreError(
            f"the {what} belong to item set {', '.join(found)}, but the current item set is {wanted[0]}",
            remedy=_AGAIN,
        )
    unknown = table.join(items, on="item_id", how="anti")["item_id"].unique().sort()
    if len(unknown):
        raise StoreError(
            f"the {what} hold {len(unknown)} items that item set {wanted[0]} does not have, for example {unknown[0]}",
            remedy=_AGAIN,
        )


def _item(row: dict[str, Any]) -> Item:
    return Item(
        item_id=row["item_id"],
        kind=row["kind"],
        kind_version=row["kind_version"],
        skill=Skill(row["skill"]),
        domain=Domain(row["domain"]),
        level=row["level"],
        split=Split(row["split"]),
        template=row["template"],
        prompt=row["prompt"],
        answer=row["answer"],
        answer_type=AnswerType(row["answer_type"]),
        reference=row["reference"],
        chance=row["chance"],
        source=row["source"],
        accepted=tuple(row["accepted"] or ()),
        tolerance=row["tolerance"],
        evidence=tuple(row["evidence"] or ()),
    )
