"""The `law_fits` table: the measures as predictors of forgetting. Written by the study."""

import polars as pl

from skillprobe_core.engine.table import Column, Table

LAW_FITS = Table(
    name="law_fits",
    version=1,
    about="One row per measure: quadratic fit of forgetting to it over the study's checkpoints, best first",
    key=("item_set", "measure"),
    partitioned=False,
    columns=(
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("rank", pl.Int32, "1 for the best predictor: by r2_new_model, then r2"),
        Column("measure", pl.String, "Name of the measure, as in study_measures"),
        Column("points", pl.Int32, "Number of checkpoints with this measure", "checkpoints"),
        Column("models", pl.Int32, "Number of models that these belong to", "models"),
        Column("r2", pl.Float64, "Share of the variance of forgetting that the quadratic explains"),
        Column("r2_low", pl.Float64, "Lower 95 % end of r2 by the bootstrap over checkpoints"),
        Column("r2_high", pl.Float64, "Upper 95 % end of r2"),
        Column(
            "r2_new_model", pl.Float64, "r2 for each model predicted from the others; below 0: worse than their mean"
        ),
        Column("best_share", pl.Float64, "Share of the bootstrap draws in which this measure fits best"),
        Column("intercept", pl.Float64, "Constant of the fit"),
        Column("slope", pl.Float64, "Linear coefficient, per unit of the measure"),
        Column("curvature", pl.Float64, "Quadratic coefficient, per squared unit of the measure"),
        Column("reason", pl.String, "Reason why there is no fit; null if there is one"),
    ),
)
