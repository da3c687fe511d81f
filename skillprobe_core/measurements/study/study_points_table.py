"""The `study_points` table: gain of each checkpoint, its cost elsewhere, and the drift of its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure, Grid, Shown
from skillprobe_core.engine.table import PROTOCOL_KEYS, Column, Table

from .study_needs import MODELS, TARGETS, study_rows
from .study_tests_table import STUDY_TESTS

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .study_analyses import points_of_all

    return points_of_all(study.frame(STUDY_TESTS), study.checkpoints, study.cells)


def _headline(points: pl.DataFrame) -> Shown:
    last = points.sort("step").group_by("model", maintain_order=True).last().sort("model")
    shown = last.select(
        "model", "step", "gain", "drop", "on_front", "drift", "collapsed", "output_broken", "persistent"
    )
    return {
        "models": points["model"].n_unique(),
        "checkpoints": points.height,
        "persistent_collapses": int(points["persistent"].sum()),
        "last_steps": Grid(shown, dict.fromkeys(("gain", "drop", "drift"), ".3f")),
    }


def _figure(points: pl.DataFrame, *_: object) -> tuple[str, str] | None:
    from skillprobe_core.drawing.svg import Line, Panel, line_panels

    if points.is_empty():
        return None
    panels = []
    for name, title in (("gain", "gain in the targets"), ("forgetting", "forgetting elsewhere"), ("drift", "drift")):
        lines = [
            Line(str(model), of_model["step"].to_list(), of_model[name].to_list())
            for (model,), of_model in points.sort("model", "step").group_by("model", maintain_order=True)
        ]
        panels.append(Panel(title, lines))
    return line_panels(panels), "gain, forgetting and profile drift of each model over steps"


STUDY_POINTS = Table(
    name="study_points",
    version=3,
    readable_since=2,
    about="One row per checkpoint of a study: gain in the target cells, drop elsewhere, profile drift",
    key=("model", "step", "protocol", "item_set"),
    partitioned=False,
    columns=(
        *PROTOCOL_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("method", pl.String, "Training method of the model"),
        Column("base", pl.String, "Digest of the base"),
        Column("targets", pl.String, "The target cells: what the model was trained on"),
        Column(
            "gain",
            pl.Float64,
            "Mean change over the target cells; null if there are none",
            may_be_null="no cell is a target",
        ),
        Column("drop", pl.Float64, "Minus the mean change over all other cells", may_be_null="every cell is a target"),
        Column(
            "worst_change",
            pl.Float64,
            "Most negative change among the other cells",
            may_be_null="every cell is a target",
        ),
        Column(
            "on_front", pl.Boolean, "True if no checkpoint of the same base gained at least as much at no larger drop"
        ),
        Column(
            "forgetting",
            pl.Float64,
            "Mean drop over the other cells; a cell that rose counts as 0",
            may_be_null="every cell is a target",
        ),
        Column("drift", pl.Float64, "Mean over cells of |accuracy - base accuracy|"),
        Column("drift_noise", pl.Float64, "Expected drift if nothing had changed"),
        Column(
            "rank_correlation",
            pl.Float64,
            "Spearman's correlation of the profile with the base's; null if flat",
            may_be_null="every profile is flat",
        ),
        Column("imbalance", pl.Float64, "Standard deviation of the change over cells"),
        Column("collapsed", pl.Int32, "Number of collapsed cells, adjusted over cells and checkpoints", "cells"),
        Column("output_broken", pl.Int32, "Number of cells with broken output, see `study_tests`", "cells"),
        Column("persistent", pl.Int32, "Number of cells that were also collapsed at the previous checkpoint", "cells"),
    ),
    needs=(
        MODELS,
        TARGETS,
        study_rows(STUDY_TESTS),
    ),
    compute=_compute,
    code_version="3",
    headline=_headline,
    figure=Figure(_figure, history=False),
    group="study",
    asset="study",
)
