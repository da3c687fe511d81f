"""The `verdicts` table: the judged answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.benchmark.fair_reading import READING, fair
from skillprobe_core.engine.presentation import Figure, Shown
from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.needs import ITEMS, rows

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .judge_generations import verdicts

    return verdicts(probe.stored(GENERATIONS), probe.items)


def _headline(frame: pl.DataFrame) -> Shown:
    judged = fair(frame)
    counts = judged["verdict"].value_counts(sort=True)
    return {f"{verdict}_share": count / judged.height for verdict, count in counts.iter_rows()}


def _figure(verdicts: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.benchmark.judging.judge import Verdict
    from skillprobe_core.drawing.svg import Line, Panel, line_panels

    names = [str(verdict) for verdict in Verdict]
    shares = fair(verdicts).group_by("step").agg((pl.col("verdict") == name).mean().alias(name) for name in names)
    shares = shares.sort("step")
    lines = [Line(name, shares["step"].to_list(), shares[name].to_list()) for name in names if shares[name].sum() > 0]
    return line_panels([Panel("share of verdicts", lines, top=1.0)], width=440), "share of each verdict over steps"


VERDICTS = Table(
    name="verdicts",
    version=2,
    about="One row per item, sample and reading: the verdict on the completion",
    key=("model", "step", "protocol", "item_set", "item_id", "sample", "reading"),
    columns=(
        *PROTOCOL_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        READING,
        Column("verdict", pl.String, "correct, wrong, malformed, unparsed, truncated, too_long or timeout"),
        Column(
            "shows_steps",
            pl.Boolean,
            "True if correct and the completion writes out the item's steps; null if the item has none to show",
            may_be_null="no item has steps that its question and its answer do not contain",
            formerly="strict",
        ),
        Column(
            "extracted",
            pl.String,
            "The answer found in the completion; null if it has none",
            may_be_null="no completion has an answer",
        ),
        Column("rule", pl.String, "The rule that found the answer; none if there is no answer"),
        Column(
            "ending",
            pl.String,
            "How the completion ended: ended, cut, looped or thinking; null if none was generated",
            may_be_null="no prompt fits into the model's context",
        ),
    ),
    more="Loads no model.",
    needs=(rows(GENERATIONS), ITEMS),
    compute=_compute,
    code_version="12",
    headline=_headline,
    figure=Figure(_figure),
    group="skills",
)
