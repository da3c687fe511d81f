"""The `noise_floor` table: differences between runs of the same weights. Written only by `skillprobe noise`."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

NOISE_FLOOR = Table(
    name="noise_floor",
    version=1,
    about="One row per variation and skill: one checkpoint evaluated again under conditions that should change nothing",
    key=("model", "step", "item_set", "variation", "skill"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("variation", pl.String, "Varied condition: repeat, batch 1, batch 7, a type, or a backend"),
        Column("skill", pl.String, "The skill, or `all`"),
        Column("backend", pl.String, "Backend under the variation"),
        Column("reference_backend", pl.String, "Backend of the reference that it is compared with"),
        Column("n", pl.Int32, "Number of answers compared", "completions"),
        Column("flips", pl.Int32, "Answers that are correct on one side only", "completions"),
        Column("flip_rate", pl.Float64, "Share of answers that are correct on one side only"),
        Column("flip_rate_high", pl.Float64, "Upper end of the 95 % Wilson interval of flip_rate"),
        Column("accuracy_change", pl.Float64, "Accuracy under the variation minus the reference's"),
        Column("accuracy_floor", pl.Float64, "Change of accuracy that flips at flip_rate explain: 1.96 √(flip_rate/n)"),
        Column("same_share", pl.Float64, "Share of answers with identical tokens"),
        Column("forward_kl", pl.Float64, "KL(reference‖variation) on reference answers; null without logits", "nats"),
        Column("reverse_kl", pl.Float64, "KL(variation‖reference), likewise", "nats"),
        Column("js", pl.Float64, "Jensen–Shannon divergence, likewise", "nats"),
        Column("top1_agreement", pl.Float64, "Share of positions at which both rank the same token first, likewise"),
    ),
)
