"""The `parameter_stats` table: statistics of each tensor and its update."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table
from skillprobe_core.parameters.registry import VERSION, columns

PARAMETER_STATS = Table(
    name="parameter_stats",
    version=VERSION,
    about="One row per tensor and reference: its weights W, the reference's weights W0, and the update D = W - W0",
    key=("model", "step", "tensor", "reference"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("tensor", pl.String, "Name of the tensor; slices of stacked experts are numbered: NAME[0]"),
        Column("reference", pl.String, "Origin of W0: `base`, or `previous` (an earlier checkpoint)"),
        Column("reference_step", pl.Int64, "Step of the reference; 0 for the base", "steps"),
        Column("base_tensor", pl.String, "The reference's name for the tensor; null if it has no such tensor"),
        Column("status", pl.String, "compared, tied, missing (only in the reference), new, or not_float"),
        Column(
            "tied_to",
            pl.String,
            "For a tied tensor the one that it is tied to, where its weights count",
            may_be_null="no tensors are tied",
        ),
        Column("component", pl.String, "attention_q, mlp_down, embedding, norm, head and so on"),
        Column(
            "layer",
            pl.Int32,
            "Transformer layer, from 0; null outside the layers",
            may_be_null="no tensor belongs to a layer",
        ),
        Column("shape", pl.List(pl.Int64), "Shape of the tensor"),
        Column("elements", pl.Int64, "Number of weights", "weights"),
        Column("base_dtype", pl.String, "Storage type of the reference's tensor"),
        Column("dtype", pl.String, "Storage type of the checkpoint's tensor; BASE+ADAPTER for a LoRA update"),
        *columns(),
    ),
)
