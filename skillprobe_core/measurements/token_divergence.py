"""The `token_divergence` table: divergence of the output distribution token by token. Written on request only."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table

TOKEN_DIVERGENCE = Table(
    name="token_divergence",
    version=1,
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
        Column("forward_kl", pl.Float32, "KL(p‖q)", "nats"),
        Column("reverse_kl", pl.Float32, "KL(q‖p)", "nats"),
        Column("js", pl.Float32, "Jensen–Shannon divergence, at most ln 2", "nats"),
        Column("tv", pl.Float32, "Total variation distance, at most 1"),
        Column("base_entropy", pl.Float32, "Entropy of the base's distribution", "nats"),
        Column("entropy_change", pl.Float32, "Checkpoint's entropy minus the base's", "nats"),
        Column("top1_agreement", pl.Boolean, "True if both models rank the same token first"),
        Column("top10_overlap", pl.Float32, "Share of the ten most probable tokens that both have in common"),
        Column("base_rank", pl.Int32, "Rank of the text's token under the base, minus 1", "ranks"),
        Column("checkpoint_rank", pl.Int32, "Rank of the text's token under the checkpoint, minus 1", "ranks"),
        Column("base_log_prob", pl.Float32, "log p of the text's token", "nats"),
        Column("checkpoint_log_prob", pl.Float32, "log q of the text's token", "nats"),
    ),
)
