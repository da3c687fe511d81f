"""Completions of the unanswerable twins of a probe's items."""

from __future__ import annotations

import random

import polars as pl

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.abstentions import abstains
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import Ending, ending_of
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.ladder import LADDER
from skillprobe_core.benchmark.twins.twin_registry import twin_kinds
from skillprobe_core.measurements.generations.generate_answers import generated
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.models.backend import TOO_LONG, markers_of

from .twin_answers_table import TWIN_ANSWERS

RECOGNISED, ANSWERED, UNREAD = "recognised", "answered", "unread"
_GIVEN = frozenset({Verdict.CORRECT, Verdict.WRONG, Verdict.TIMEOUT})


def answer_twins(probe: Probe) -> pl.DataFrame:
    """The rows of `twin_answers` of a probe's checkpoint; none if no item has a twin."""
    twins = twins_of(probe.items, probe.settings.calibration.twins)
    if twins.is_empty():
        return pl.DataFrame(schema=TWIN_ANSWERS.computed_schema)
    return twin_rows(generated(probe, twins), twins)


def twins_of(items: pl.DataFrame, per_level: int) -> pl.DataFrame:
    """The twins of the first items of each kind and level that have one, `per_level` of them at most.

    Only levels 1 to 5 have twins: there a second solver proves that two ways to restore the premise differ.

    The columns are those of `items` with the twin's prompt, and `removed`; `item_id` is still the item's. The premise
    is chosen by the item's id, so the same items have the same twins on any machine.
    """
    rules = twin_kinds()
    rows: list[tuple[str, str, str]] = []
    offered = items.filter(pl.col("kind").is_in(list(rules)) & (pl.col("level") < LADDER)).sort("item_id")
    for (kind, _), some in offered.group_by("kind", "level", maintain_order=True):
        found = 0
        for item_id, prompt, answer in some.select("item_id", "prompt", "answer").iter_rows():
            twin = rules[str(kind)].remove(prompt, answer, random.Random(item_id)) if found < per_level else None
            if twin is not None:
                rows.append((item_id, twin.prompt, twin.removed))
                found += 1
    made = pl.DataFrame(rows, schema=dict.fromkeys(("item_id", "twin", "removed"), pl.String), orient="row")
    joined = items.join(made, on="item_id", maintain_order="left")
    return joined.with_columns(prompt=pl.col("twin")).drop("twin")


def twin_rows(generations: pl.DataFrame, twins: pl.DataFrame) -> pl.DataFrame:
    """The rows of `twin_answers` from completions of twins (see `twins_of`)."""
    about = ("item_id", "skill", "domain", "kind", "level", "removed", "prompt", "answer", "answer_type")
    rows = generations.join(twins.select(about), on="item_id", maintain_order="left")
    responses = [
        _response(
            AnswerKey(AnswerType(row["answer_type"]), row["answer"], question=row["prompt"]),
            row["completion"],
            row["finish_reason"],
            row["reasoning"],
            markers_of(row["sampling"]),
        )
        for row in rows.iter_rows(named=True)
    ]
    rows = rows.with_columns(pl.Series("response", responses, pl.String))
    return TWIN_ANSWERS.conform(rows.select(TWIN_ANSWERS.computed_schema.names()))


def _response(
    key: AnswerKey, completion: str, finish_reason: str, reasoning: str | None, markers: tuple[str, ...]
) -> str:
    if finish_reason == TOO_LONG:
        return UNREAD
    ending: Ending = ending_of(finish_reason, completion, reasoning, markers)
    if abstains(key, completion, ending=ending):
        return RECOGNISED
    verdict, _, _ = judge_answer(key, completion, ending=ending)
    return ANSWERED if verdict in _GIVEN else UNREAD
