"""Headline and figure of the tables of weights."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.presentation import Shown

from .parameter_registry import headline_measures


def update_headline(frame: pl.DataFrame) -> Shown:
    """The measures of the update from the base for the model, and the tensors that were not compared."""
    from .left_out import left_out
    from .parameter_summary import model_summary

    of_base = frame.filter(pl.col("compared_with") == "base")
    whole = model_summary(of_base, ("model",))
    row = whole.row(0, named=True) if whole.height else {}
    shown = {name: row[name] for name in headline_measures() if row.get(name) is not None}
    line = left_out(of_base)
    return {**shown, **({"not_compared": line} if line else {})}


def update_figure(weights: pl.DataFrame, *_: object) -> tuple[str, str]:
    """The relative norm of the update by layer and step: a heat map and its title."""
    from skillprobe_core.drawing.svg import heat_map

    from .parameter_summary import model_summary

    layers = model_summary(weights.filter(compared_with="base"), ("layer",))
    steps, numbers = (layers[name].unique().sort().to_list() for name in ("step", "layer"))
    found = {(row[0], row[1]): row[2] for row in layers.select("layer", "step", "relative_norm").iter_rows()}
    values = [[found.get((layer, step)) for step in steps] for layer in numbers]
    names = [f"layer {layer}" for layer in numbers]
    return (
        heat_map("relative norm of the update", [str(step) for step in steps], names, values),
        "relative norm of the weight update by layer and step",
    )
