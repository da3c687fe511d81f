"""Scores of each source alone."""

import polars as pl

from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.measurements.skill_scores.scores_by_source import scores_by_source
from skillprobe_core.measurements.skill_scores.skill_scores import skill_scores


def test_each_source_is_scored_on_its_own_items():
    items = build_item_set(KINDS[:4], levels=(1,), per_level=6)
    public = pl.col("kind") == items["kind"][0]
    items = items.with_columns(source=pl.when(public).then(pl.lit("gsm8k")).otherwise("source"))
    keys = {"model": "m", "step": 0}
    generations = items.select("item_set", "item_id").with_columns(
        **{name: pl.lit(value) for name, value in keys.items()},
        sample=pl.lit(0),
        finish_reason=pl.lit("stop"),
        completion_tokens=pl.lit(9),
    )
    right = (pl.col("source") == "gsm8k") & (pl.col("item_id").rank() % 2 == 0)
    verdict = pl.when(right).then(pl.lit("correct")).otherwise(pl.lit("wrong"))
    about = items.select("item_id", verdict=verdict, shows_steps=right, ending=pl.lit("ended"))
    verdicts = generations.select("model", "step", "item_set", "item_id", "sample").join(about, on="item_id")
    found = scores_by_source(verdicts, items, generations)
    total = found.filter(skill="all", domain="all", level=0).sort("source")
    assert total["source"].to_list() == ["gsm8k", "procedural"]
    assert total["items"].to_list() == [6, 18]
    assert total["accuracy"][1] == 0
    assert total["accuracy"][0] > 0
    whole = skill_scores(verdicts, items, generations).filter(skill="all", domain="all", level=0)
    weighted = (total["accuracy"] * total["items"]).sum() / total["items"].sum()
    assert abs(whole["accuracy"][0] - weighted) < 1e-12
