"""The `study_points` table: gain of each checkpoint, its cost elsewhere, and the drift of its profile."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

STUDY_POINTS = Table(
    name="study_points",
    version=1,
    about="One row per checkpoint of a study: gain in the target cells, drop elsewhere, profile drift",
    key=("model", "step", "item_set"),
    partitioned=False,
    columns=(
        *CHECKPOINT_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("method", pl.String, "Training method of the model"),
        Column("base", pl.String, "Digest of the base"),
        Column("targets", pl.String, "The target cells: what the model was trained on"),
        Column("gain", pl.Float64, "Mean change over the target cells; null if there are none"),
        Column("drop", pl.Float64, "Minus the mean change over all other cells"),
        Column("worst_change", pl.Float64, "Most negative change among the other cells"),
        Column(
            "on_front", pl.Boolean, "True if no checkpoint of the same base gained at least as much at no larger drop"
        ),
        Column("forgetting", pl.Float64, "Mean drop over the other cells; a cell that rose counts as 0"),
        Column("drift", pl.Float64, "Mean over cells of |accuracy - base accuracy|"),
        Column("drift_noise", pl.Float64, "Expected drift if nothing had changed"),
        Column("rank_correlation", pl.Float64, "Spearman's correlation of the profile with the base's; null if flat"),
        Column("imbalance", pl.Float64, "Standard deviation of the change over cells"),
        Column("collapsed", pl.Int32, "Number of collapsed cells, adjusted over cells and checkpoints", "cells"),
        Column("persistent", pl.Int32, "Number of cells that were also collapsed at the previous checkpoint", "cells"),
    ),
)
