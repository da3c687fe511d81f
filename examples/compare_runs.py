"""Compare the last checkpoints of two runs, skill by skill, in Polars: `python examples/compare_runs.py RUN OTHER`."""

import sys

import polars as pl

import skillprobe

results = skillprobe.open()


def last_scores(model):
    """Accuracy per skill of a model's last step, over all domains and levels."""
    scores = results.table("skill_scores", model).filter(domain="all", level=0)
    return scores.filter(pl.col("step") == pl.col("step").max()).select("skill", "step", "accuracy")


run, other = sys.argv[1:]
sides = last_scores(run).join(last_scores(other), on="skill", suffix="_other")
print(sides.with_columns(difference=pl.col("accuracy_other") - pl.col("accuracy")).sort("difference"))

# The same two checkpoints item by item: a paired test, with an interval and an adjusted p-value.
steps = sides.row(0, named=True)
paired = results.compare(f"{run}@{steps['step']}", f"{other}@{steps['step_other']}")
print(paired.filter(scope="skill").select("skill", "change", "change_low", "change_high", "p_gated", "kind_p_adjusted"))
