"""Rows of other readings stand next to the fair ones and change nothing that is computed from those."""

import polars as pl

from skillprobe_core.benchmark.fair_reading import FAIR, fair
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
from skillprobe_core.measurements.skill_scores.skill_scores import skill_scores


def verdicts_of(items: pl.DataFrame, verdict: str, reading: str) -> pl.DataFrame:
    return items.select("item_set", "item_id").with_columns(
        model=pl.lit("m"), step=pl.lit(0), sample=pl.lit(0), reading=pl.lit(reading), verdict=pl.lit(verdict),
        shows_steps=pl.lit(verdict == "correct"), extracted=pl.lit("7"), rule=pl.lit("line"), ending=pl.lit("ended"),
    )  # fmt: skip


def test_other_readings_are_left_out() -> None:
    frame = pl.DataFrame({"reading": [FAIR, "strict", FAIR], "n": [1, 2, 3]})
    assert fair(frame)["n"].to_list() == [1, 3]


def test_a_frame_without_readings_is_fair() -> None:
    frame = pl.DataFrame({"n": [1, 2]})
    assert fair(frame) is frame


def test_scores_are_those_of_the_fair_reading() -> None:
    items = build_item_set([KIND], levels=(1,), per_level=6)
    alone = verdicts_of(items, "correct", FAIR)
    both = pl.concat([alone, verdicts_of(items, "wrong", "other")])
    answers = alone.select("model", "step", "item_set", "item_id", "sample", "reading").with_columns(
        finish_reason=pl.lit("stop"), completion=pl.lit("x"), completion_tokens=pl.lit(1), reasoning_tokens=pl.lit(0)
    )
    assert skill_scores(both, items, answers).equals(skill_scores(alone, items, answers))
