"""The `logit_divergence` table: how far the output distribution moved from the base's."""

import polars as pl

from skillprobe_core.store.schema import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table

LOGIT_DIVERGENCE = Table(
    name="logit_divergence",
    version=1,
    about="One row per item and text source: divergence of the checkpoint (q) from its base (p) on the same tokens",
    key=("model", "step", "item_set", "item_id", "text_source"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("text_source", pl.String, "Who wrote the text: reference, base or own; never mix them"),
        Column("tokens", pl.Int32, "Completion tokens measured, end token included", "tokens"),
        Column("vocabulary", pl.Int32, "Output tokens that both models have, over which all is exact", "tokens"),
        Column("forward_kl", pl.Float64, "KL(p‖q), mean over the item's tokens", "nats"),
        Column("reverse_kl", pl.Float64, "KL(q‖p), mean over the item's tokens", "nats"),
        Column("js", pl.Float64, "Jensen–Shannon divergence, mean over the item's tokens, at most ln 2", "nats"),
        Column("tv", pl.Float64, "Total variation distance, mean over the item's tokens, at most 1"),
        Column("base_entropy", pl.Float64, "Entropy of the base's distribution, mean over the item's tokens", "nats"),
        Column("entropy_change", pl.Float64, "Checkpoint's entropy less the base's, mean over the tokens", "nats"),
        Column("top1_agreement", pl.Float64, "Share of tokens at which both models put the same token first"),
    ),
)
