"""The `law_fits` table: the measures as predictors of forgetting. Written by the study."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Grid, Shown
from skillprobe_core.engine.table import PROTOCOL, Column, Table

from .study_measures_table import STUDY_MEASURES
from .study_needs import MODELS, study_rows
from .study_points_table import STUDY_POINTS

if TYPE_CHECKING:
    from .study_subject import Study


def _compute(study: Study) -> pl.DataFrame:
    from .study_analyses import laws_of_all

    return laws_of_all(study.frame(STUDY_POINTS), study.frame(STUDY_MEASURES))


def _headline(laws: pl.DataFrame) -> Shown:
    shown = laws.head(8).select("rank", "measure", "r2", "r2_low", "r2_high", "r2_new_model")
    return {"predictors_of_forgetting": Grid(shown, dict.fromkeys(shown.columns[2:], ".2f"))}


LAW_FITS = Table(
    name="law_fits",
    version=3,
    about="One row per measure: quadratic fit of forgetting to it over the study's checkpoints, best first",
    key=("protocol", "item_set", "measure"),
    partitioned=False,
    columns=(
        PROTOCOL,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("rank", pl.Int32, "1 for the best predictor: by r2_new_model, then r2"),
        Column("measure", pl.String, "Name of the measure, as in study_measures"),
        Column("points", pl.Int32, "Number of checkpoints with this measure", "checkpoints"),
        Column("models", pl.Int32, "Number of models that these belong to", "models"),
        Column(
            "r2",
            pl.Float64,
            "Share of the variance of forgetting that the quadratic explains",
            may_be_null="no measure has a fit",
        ),
        Column(
            "r2_low",
            pl.Float64,
            "Lower 95 % end of r2 by the bootstrap over checkpoints; not a test, since unrelated trends also fit",
            may_be_null="no measure has a fit",
        ),
        Column("r2_high", pl.Float64, "Upper 95 % end of r2", may_be_null="no measure has a fit"),
        Column(
            "r2_new_model",
            pl.Float64,
            "r2 for each model predicted from the others; below 0: worse than their mean",
            may_be_null="there is one model",
        ),
        Column(
            "r2_step",
            pl.Float64,
            "r2 of a quadratic in the step on the same checkpoints; an unrelated measure that grows reaches it",
            may_be_null="no measure has a fit",
        ),
        Column(
            "r2_new_model_step",
            pl.Float64,
            "r2_new_model of a quadratic in the step on the same checkpoints",
            may_be_null="there is one model",
        ),
        Column(
            "best_share",
            pl.Float64,
            "Share of the bootstrap draws in which this measure fits best; not a probability of being the cause",
        ),
        Column("intercept", pl.Float64, "Constant of the fit", may_be_null="no measure has a fit"),
        Column("slope", pl.Float64, "Linear coefficient, per unit of the measure", may_be_null="no measure has a fit"),
        Column(
            "curvature",
            pl.Float64,
            "Quadratic coefficient, per squared unit of the measure",
            may_be_null="no measure has a fit",
        ),
        Column(
            "reason",
            pl.String,
            "Reason why there is no fit; null if there is one",
            may_be_null="every measure has a fit",
        ),
    ),
    needs=(
        MODELS,
        study_rows(STUDY_POINTS),
        study_rows(STUDY_MEASURES),
    ),
    compute=_compute,
    code_version="4",
    headline=_headline,
    group="study",
    asset="study",
)
