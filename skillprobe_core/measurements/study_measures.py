"""The `study_measures` table: the divergence and the weight change of each checkpoint, one number per measure."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

STUDY_MEASURES = Table(
    name="study_measures",
    version=1,
    about="One row per checkpoint and measure: divergence per token of reference text, or change of the whole weights",
    key=("model", "step", "item_set", "measure"),
    partitioned=False,
    columns=(
        *CHECKPOINT_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("measure", pl.String, "Name of the column that it summarises, in logit_divergence or parameter_stats"),
        Column("kind", pl.String, "divergence (mean over tokens of reference text) or parameters (whole model)"),
        Column("value", pl.Float64, "The value, in the unit of that column"),
    ),
)
