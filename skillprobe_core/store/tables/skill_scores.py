"""The `skill_scores` table: accuracies per skill, domain and level."""

import polars as pl

from skillprobe_core.store.schema import CHECKPOINT_KEYS, Column, Table

SKILL_SCORES = Table(
    name="skill_scores",
    version=2,
    about="One row per skill, domain and level, with subtotals (`all`, level 0)",
    key=("model", "step", "item_set", "skill", "domain", "level"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("skill", pl.String, "The skill, or `all`"),
        Column("domain", pl.String, "The domain, or `all`"),
        Column("level", pl.Int8, "The level, or 0 for all levels"),
        Column("items", pl.Int32, "Number of items", "items"),
        Column("samples", pl.Int32, "Number of completions scored", "completions"),
        Column("accuracy", pl.Float64, "Mean over items of the share of correct samples"),
        Column("accuracy_low", pl.Float64, "Lower end of the 95 % Wilson interval of accuracy"),
        Column("accuracy_high", pl.Float64, "Upper end of the 95 % Wilson interval of accuracy"),
        Column("strict_accuracy", pl.Float64, "Mean over items of the share of strictly correct samples"),
        Column("pass_at_k", pl.Float64, "Unbiased estimate that one of k samples is correct, k = samples per item"),
        Column("chance", pl.Float64, "Mean accuracy of the best blind guess"),
        Column("malformed_rate", pl.Float64, "Share of completions whose answer line has another form than required"),
        Column("unparsed_rate", pl.Float64, "Share of completions that ended without a recognisable answer"),
        Column("truncated_rate", pl.Float64, "Share of completions cut at the token limit, with or without an answer"),
        Column("looped_rate", pl.Float64, "Share of completions cut while they repeated themselves; part of truncated"),
        Column("too_long_rate", pl.Float64, "Share of prompts that leave no room for an answer in the context"),
        Column("timeout_rate", pl.Float64, "Share of completions whose check ran out of time"),
        Column("completion_tokens", pl.Float64, "Mean length of a completion", "tokens"),
    ),
)
