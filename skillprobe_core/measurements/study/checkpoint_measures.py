"""Drift of each checkpoint, one number per measure: the data of law fits and figures."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.measurements.divergence.divergence_registry import study_measures as _of_divergence
from skillprobe_core.measurements.parameters.parameter_registry import study_measures as _of_parameters
from skillprobe_core.measurements.parameters.parameter_summary import model_summary

from .study_measures_table import STUDY_MEASURES


def measure_labels() -> dict[str, str]:
    """Labels of all of them in a report, by name."""
    return _of_divergence() | _of_parameters()


def checkpoint_measures(divergence: pl.DataFrame, weights: pl.DataFrame, item_set: str) -> pl.DataFrame:
    """The `study_measures` of every checkpoint in the two tables; a measure that is missing has no row.

    Divergences are those of reference text, averaged over tokens, not over items: a longer answer counts for more.
    """
    return measures_in_order([of_divergences(divergence, item_set), of_weights(weights)], item_set)


def of_divergences(divergence: pl.DataFrame, item_set: str) -> pl.DataFrame:
    """The divergence measures of some checkpoints: columns model, step, measure, value, kind."""
    tokens = pl.col("tokens")
    texts = divergence.filter((pl.col("text") == "reference") & (pl.col("item_set") == item_set) & (tokens > 0))
    names = list(_of_divergence())
    means = [
        ((pl.col(name) * tokens).sum() / tokens.filter(pl.col(name).is_not_null()).sum()).alias(name) for name in names
    ]
    return _long(texts.group_by("model", "step").agg(*means), names, "divergence")


def of_weights(weights: pl.DataFrame) -> pl.DataFrame:
    """The measures of complete updates of some checkpoints, in the same columns."""
    moved = model_summary(weights, ("model",)).filter(pl.col("compared_with") == "base")
    return _long(moved, list(_of_parameters()), "parameters")


def measures_in_order(parts: Sequence[pl.DataFrame], item_set: str) -> pl.DataFrame:
    """The rows of the table `study_measures`, each checkpoint's together."""
    empty = pl.DataFrame(schema=STUDY_MEASURES.computed_schema).drop("item_set")
    long = pl.concat([empty.select(_LONG), *(part.select(_LONG) for part in parts)])
    there = long.filter(pl.col("value").is_finite()).with_columns(item_set=pl.lit(item_set))
    return STUDY_MEASURES.conform(there.sort("model", "step", "kind", "measure"))


_LONG = ("model", "step", "measure", "kind", "value")


def _long(frame: pl.DataFrame, names: list[str], kind: str) -> pl.DataFrame:
    return frame.unpivot(names, index=["model", "step"], variable_name="measure").with_columns(kind=pl.lit(kind))
