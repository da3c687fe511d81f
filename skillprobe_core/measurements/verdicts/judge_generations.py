"""Verdicts from completions: the `verdicts` table."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.item_schema import Item
from skillprobe_core.benchmark.judging.endings import Ending, ending_of
from skillprobe_core.benchmark.judging.evidence import shows_steps
from skillprobe_core.benchmark.judging.judge import Judgement, Verdict, judge
from skillprobe_core.benchmark.judging.symbolic import SymbolicChecker
from skillprobe_core.errors import StoreError
from skillprobe_core.models.backend import TOO_LONG, markers_of

from .verdicts_table import VERDICTS

_KEYS = ("model", "step", "item_set", "item_id", "sample", "reading")
_READ = ("item_id", "completion", "reasoning", "finish_reason", "sampling")


def verdicts(generations: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Judge every completion against its item; one row of the `verdicts` table per row of `generations`.

    Raises StoreError when the generations answer another item set than `items`, or items that it does not have: a
    verdict on a question that has changed since would be silently wrong.
    """
    check_same_item_set(generations, items, what="generations")
    asked = items.filter(pl.col("item_id").is_in(generations["item_id"].unique().implode()))
    item_of = {row["item_id"]: Item.from_row(row) for row in asked.iter_rows(named=True)}
    judgements: list[Judgement] = []
    endings: list[Ending | None] = []
    with SymbolicChecker() as symbolic:
        for item_id, completion, reasoning, finish_reason, sampling in generations.select(_READ).iter_rows():
            if finish_reason == TOO_LONG:
                endings.append(None)
                judgements.append(Judgement(Verdict.TOO_LONG, shows_steps(item_of[item_id], ""), None, "none"))
                continue
            ending = ending_of(finish_reason, completion, reasoning, markers_of(sampling))
            endings.append(ending)
            judgements.append(
                judge(item_of[item_id], completion, reasoning=reasoning, ending=ending, symbolic=symbolic)
            )
    frame = generations.select(_KEYS).with_columns(
        pl.Series("verdict", [str(j.verdict) for j in judgements], pl.String),
        pl.Series("shows_steps", [j.shows_steps for j in judgements], pl.Boolean),
        pl.Series("extracted", [j.extracted for j in judgements], pl.String),
        pl.Series("rule", [j.rule for j in judgements], pl.String),
        pl.Series("ending", [None if ending is None else str(ending) for ending in endings], pl.String),
    )
    return VERDICTS.conform(frame)


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
