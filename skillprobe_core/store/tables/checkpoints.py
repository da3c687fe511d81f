"""The `checkpoints` table: what is asked of."""

import polars as pl

from skillprobe_core.store.schema import CHECKPOINT_KEYS, Column, Table

CHECKPOINTS = Table(
    name="checkpoints",
    version=1,
    about="One row per checkpoint that was seen whole",
    key=("model", "step"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("method", pl.String, "How the model is trained: base, sft, rl or the user's own word"),
        Column("base", pl.String, "Digest of the checkpoint that the training started from"),
        Column("path", pl.String, "Folder that it was read from"),
        Column("digest", pl.String, "Identity: SHA-256 over weights, configuration and tokenizer"),
        Column("weights_digest", pl.String, "SHA-256 over the weight files"),
        Column("tokenizer_digest", pl.String, "SHA-256 over the tokenizer files, chat template included"),
        Column("architecture", pl.String, "Model class that the configuration names"),
        Column("dtype", pl.String, "Storage type of most parameters"),
        Column("parameter_count", pl.Int64, "Stored parameters, tied ones once", "parameters"),
        Column("weight_bytes", pl.Int64, "Size of the weight files", "bytes"),
        Column("written_at", pl.Datetime("us", "UTC"), "When the last weight file was written"),
    ),
)
