"""Drift of each checkpoint, one number per measure: the data of law fits and figures."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.divergence.divergence_registry import study_measures as of_divergence
from skillprobe_core.measurements.parameters.parameter_registry import study_measures as of_parameters
from skillprobe_core.measurements.parameters.parameter_summary import model_summary

from .study_measures_table import STUDY_MEASURES


def measure_labels() -> dict[str, str]:
    """Labels of all of them in a report, by name."""
    return of_divergence() | of_parameters()


def checkpoint_measures(divergence: pl.DataFrame, weights: pl.DataFrame, item_set: str) -> pl.DataFrame:
    """The `study_measures` of every checkpoint in the two tables; a measure that is missing has no row.

    Divergences are those of reference text, averaged over tokens, not over items: a longer answer counts for more.
    """
    tokens = pl.col("tokens")
    texts = divergence.filter((pl.col("text") == "reference") & (pl.col("item_set") == item_set) & (tokens > 0))
    divergences, parameters = tuple(of_divergence()), tuple(of_parameters())
    means = [
        ((pl.col(name) * tokens).sum() / tokens.filter(pl.col(name).is_not_null()).sum()).alias(name)
        for name in divergences
    ]
    drift = texts.group_by("model", "step").agg(*means)
    moved = model_summary(weights).filter((pl.col("scope") == "model") & (pl.col("compared_with") == "base"))
    long = pl.concat(
        frame.unpivot(list(names), index=["model", "step"], variable_name="measure").with_columns(kind=pl.lit(kind))
        for frame, names, kind in ((drift, divergences, "divergence"), (moved, parameters, "parameters"))
    )
    there = long.filter(pl.col("value").is_finite()).with_columns(item_set=pl.lit(item_set))
    return STUDY_MEASURES.conform(there.sort("model", "step", "kind", "measure"))
