"""The `logit_divergence` table: divergence of the output distribution from the base's."""

import polars as pl

from skillprobe_core.divergence.registry import VERSION, item_columns
from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table

LOGIT_DIVERGENCE = Table(
    name="logit_divergence",
    version=2 + VERSION,
    about="One row per item and text source: divergence of the checkpoint (q) from its base (p) on the same tokens",
    key=("model", "step", "item_set", "item_id", "text_source"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("text_source", pl.String, "Origin of the text: reference, base or own; never mix them"),
        Column("dtype", pl.String, "Number type that both models were run in (see `number_types`)"),
        Column("tokens", pl.Int32, "Measured completion tokens of all samples, including end tokens", "tokens"),
        Column("vocabulary", pl.Int32, "Output tokens of both models; all measures are exact over them", "tokens"),
        Column("vocabulary_left_out", pl.Int32, "Output tokens of only one model (resized or padded)", "tokens"),
        *item_columns(),
    ),
)
