"""`parameter_stats` summarised per component, per layer and for the whole model."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from .parameter_registry import measures, summarised
from .tensor_components import SET_APART

_KEYS = ("model", "step", "compared_with")
_SCOPES: dict[str, tuple[str, ...]] = {"component": ("component",), "layer": ("layer",), "model": ()}


def model_summary(frame: pl.DataFrame, scopes: Sequence[str] = tuple(_SCOPES)) -> pl.DataFrame:
    """One row per scope (`component`, `layer`, `model`) of each comparison in a `parameter_stats` frame.

    A frame of `elementwise_stats` gives the measures that it has.

    `scopes` names those wanted (default: all).

    Columns: model, step, compared_with, scope, component and layer (null if summarised over), tensors, elements, and
    the measures of `parameter_stats` under the same names. A measure is null if no tensor has it.

    Each measure declares its rule (`whole`), one of these: as if all tensors were one (norms, cosine, means, spreads,
    shares and mask overlaps), as if the matrices were diagonal blocks of one matrix (spectral norms and drift, ranks),
    the largest of a tensor, a sum, or a mean over the tensors that have the measure, weighted by elements.
    Layers and the model are those of the language model: vision and audio towers, layers that predict further tokens
    and value heads are components of their own.
    """
    frame = with_every_measure(frame.filter(pl.col("status") == "compared"))
    text = ~pl.col("component").is_in(SET_APART)
    parts = [_summary(frame if scope == "component" else frame.filter(text), scope, _SCOPES[scope]) for scope in scopes]
    return pl.concat(parts).sort(*_KEYS, "scope", "component", "layer", nulls_last=True)


def with_every_measure(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the columns of the measures that it lacks, all null."""
    lacking = [measure for measure in measures() if measure.name not in frame.columns]
    return frame.with_columns(pl.lit(None, measure.dtype).alias(measure.name) for measure in lacking)


def _summary(frame: pl.DataFrame, scope: str, by: tuple[str, ...]) -> pl.DataFrame:
    if scope == "layer":
        frame = frame.filter(pl.col("layer").is_not_null())
    measures = [measure.whole(measure.name).alias(measure.name) for measure in summarised() if measure.whole]
    summed = frame.group_by(*_KEYS, *by).agg(
        pl.len().cast(pl.Int64).alias("tensors"), pl.col("elements").sum(), *measures
    )
    names = [(name, pl.String if name == "component" else pl.Int32) for name in ("component", "layer")]
    return summed.select(
        *_KEYS,
        pl.lit(scope).alias("scope"),
        *((pl.col(name) if name in by else pl.lit(None, dtype)).alias(name) for name, dtype in names),
        "tensors",
        "elements",
        *(measure.name for measure in summarised()),
    )
