"""The `checkpoints` table: the evaluated checkpoints."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

CHECKPOINTS = Table(
    name="checkpoints",
    version=1,
    about="One row per complete checkpoint",
    key=("model", "step"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("method", pl.String, "Training method of the model: base, sft, rl or the user's own word"),
        Column("base", pl.String, "Digest of the checkpoint that the training started from"),
        Column("path", pl.String, "Folder that it was read from"),
        Column("digest", pl.String, "Identity: SHA-256 over weights, configuration and tokenizer"),
        Column("weights_digest", pl.String, "SHA-256 over the weight files"),
        Column("tokenizer_digest", pl.String, "SHA-256 over the tokenizer files, including the chat template"),
        Column("architecture", pl.String, "Model class named in the configuration"),
        Column("dtype", pl.String, "Storage type of most parameters"),
        Column("parameter_count", pl.Int64, "Number of stored parameters, tied ones counted once", "parameters"),
        Column("weight_bytes", pl.Int64, "Size of the weight files", "bytes"),
        Column("written_at", pl.Datetime("us", "UTC"), "Time at which the last weight file was written"),
    ),
)
