"""The `protocols` table: what checkpoints are evaluated on and how, recorded when it is first used."""

import polars as pl

from skillprobe_core.engine.table import Column, Table

PROTOCOLS = Table(
    name="protocols",
    version=1,
    about="One row per protocol and settings that chose it: its items, prompts, sampling and token limit",
    key=("protocol", "settings", "base"),
    columns=(
        Column("protocol", pl.String, "Digest of the protocol (first 16 hexadecimal digits)"),
        Column("name", pl.String, "`name` under [protocol] in the settings, or a description made from them"),
        Column("settings", pl.String, "Digest of the settings that chose it (first 16 hexadecimal digits)"),
        Column("base", pl.String, "Digest of the base that the item set was made for; empty if for every base"),
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("items", pl.Int32, "Number of items", "items"),
        Column("levels", pl.List(pl.Int8), "Levels of the items"),
        Column("prompts", pl.String, "Settings that prompts depend on"),
        Column("template_rule", pl.String, "Rule by which an item becomes a prompt"),
        Column("sampling", pl.String, "Sampling settings as canonical JSON"),
        Column(
            "max_new_tokens",
            pl.Int32,
            "Token limit of a completion; longer for long references if `sampling` has times_reference",
            "tokens",
        ),
        Column("created_at", pl.Datetime("us", "UTC"), "Time at which it was recorded"),
    ),
    partitioned=False,
    asset="",
)
