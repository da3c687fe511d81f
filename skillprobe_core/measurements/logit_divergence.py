"""The `logit_divergence` table: divergence of the output distribution from the base's."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table

MOVED_TOKEN = pl.Struct(
    {
        "token": pl.String,
        "sample": pl.Int32,
        "position": pl.Int32,
        "base_rank": pl.Int32,
        "checkpoint_rank": pl.Int32,
        "js": pl.Float32,
    }
)

LOGIT_DIVERGENCE = Table(
    name="logit_divergence",
    version=3,
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
        Column("forward_kl", pl.Float64, "KL(p‖q), mean over the item's tokens; null if it has none", "nats"),
        Column("reverse_kl", pl.Float64, "KL(q‖p), mean over the item's tokens", "nats"),
        Column("js", pl.Float64, "Jensen–Shannon divergence, mean over the item's tokens, at most ln 2", "nats"),
        Column("tv", pl.Float64, "Total variation distance, mean over the item's tokens, at most 1"),
        Column("forward_kl_p50", pl.Float64, "Median of KL(p‖q) over the item's tokens", "nats"),
        Column("forward_kl_p90", pl.Float64, "90 % quantile of KL(p‖q) over the item's tokens", "nats"),
        Column("forward_kl_p99", pl.Float64, "99 % quantile of KL(p‖q) over the item's tokens", "nats"),
        Column("forward_kl_max", pl.Float64, "Largest KL(p‖q) of the item's tokens", "nats"),
        Column("moved_share", pl.Float64, "Share of tokens with a Jensen–Shannon divergence above 0.1 nats"),
        Column("base_entropy", pl.Float64, "Entropy of the base's distribution, mean over the item's tokens", "nats"),
        Column("entropy_change", pl.Float64, "Checkpoint's entropy minus the base's, mean over the tokens", "nats"),
        Column("top1_agreement", pl.Float64, "Share of positions at which both models rank the same token first"),
        Column("top10_overlap", pl.Float64, "Mean share of the ten most probable tokens that both have in common"),
        Column("base_rank", pl.Float64, "Rank of the text's token under the base, minus 1, mean over tokens", "ranks"),
        Column("checkpoint_rank", pl.Float64, "The same under the checkpoint", "ranks"),
        Column("rank_shift", pl.Float64, "The same under the model that did not write the text; null on reference"),
        Column("rank_shift_share", pl.Float64, "Share of tokens that this model does not rank first"),
        Column("base_log_prob", pl.Float64, "log p of the text's token, mean over tokens", "nats"),
        Column("checkpoint_log_prob", pl.Float64, "log q of the text's token, mean over tokens", "nats"),
        Column(
            "k1", pl.Float64, "Sampled estimate of the KL from the text's writer: log-ratio; may be negative", "nats"
        ),
        Column(
            "k3", pl.Float64, "The same with o/w − 1 − log(o/w), w the writer, o the other; null on reference", "nats"
        ),
        Column("moved_most", pl.List(MOVED_TOKEN), "Up to five tokens with the largest change of rank, largest first"),
    ),
)
