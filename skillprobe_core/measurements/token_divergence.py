"""The `token_divergence` table: divergence of the output distribution token by token. Written on request only."""

import polars as pl

from skillprobe_core.divergence.registry import VERSION, token_columns
from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table

TOKEN_DIVERGENCE = Table(
    name="token_divergence",
    version=VERSION,
    about="One row per token of a text: divergence of the checkpoint (q) from its base (p) in predicting the token",
    key=("model", "step", "item_set", "item_id", "text_source", "sample", "position"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("text_source", pl.String, "Origin of the text: reference, base or own; never mix them"),
        Column("sample", pl.Int32, "Number of the sample, from 0; 0 for a reference"),
        Column("position", pl.Int32, "Position in the completion, from 0", "tokens"),
        Column("token_id", pl.Int32, "The text's token"),
        Column("token", pl.String, "The token as text"),
        Column("is_answer", pl.Boolean, "True from the final answer on; false for the reasoning before it"),
        *token_columns(),
    ),
)
