"""The trainer's own figures next to the skills of the same checkpoints."""

from __future__ import annotations

import polars as pl

from .training_metrics_table import USUAL


def metrics_with_skills(metrics: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Loss, evaluation loss and reward of each checkpoint, with its accuracy over all skills and domains.

    Args:
        metrics: Rows of `training_metrics`.
        scores: Rows of `skill_scores`, of one protocol.

    Returns:
        One row per checkpoint and metric: model, step, metric, value, logged_step, accuracy, accuracy_low and
        accuracy_high. A checkpoint without scores has none.
    """
    overall = scores.filter((pl.col("skill") == "all") & (pl.col("domain") == "all") & (pl.col("level") == 0))
    return (
        metrics.filter(pl.col("metric").is_in(USUAL))
        .select("model", "step", "metric", "value", "logged_step")
        .join(
            overall.select("model", "step", "accuracy", "accuracy_low", "accuracy_high"),
            on=["model", "step"],
            how="inner",
        )
        .sort("model", "metric", "step")
    )
