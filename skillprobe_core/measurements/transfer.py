"""The `transfer` table: transfer of a gain in the trained domain to the others. Written by the study."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

TRANSFER = Table(
    name="transfer",
    version=1,
    about="One row per checkpoint, trained domain and other domain: gains, and their ratio where it is meaningful",
    key=("model", "step", "item_set", "target", "domain"),
    partitioned=False,
    columns=(
        *CHECKPOINT_KEYS,
        Column("item_set", pl.String, "Digest of the item set (first 16 hexadecimal digits)"),
        Column("target", pl.String, "The domain that was trained on"),
        Column("domain", pl.String, "The other domain"),
        Column("index", pl.Float64, "100 times the domain's gain in base standard deviations over the target's"),
        Column("reason", pl.String, "Reason why there is no index; null if there is one"),
        Column("relative_index", pl.Float64, "100 times the domain's relative gain over the target's"),
        Column("relative_reason", pl.String, "Reason why there is no relative index; null if there is one"),
        Column("change", pl.Float64, "Change of accuracy in the domain"),
        Column("change_low", pl.Float64, "Lower end of its 95 % interval"),
        Column("change_high", pl.Float64, "Upper end of its 95 % interval"),
        Column("target_change", pl.Float64, "Change of accuracy in the target domain"),
        Column("target_change_low", pl.Float64, "Lower end of its 95 % interval"),
        Column("target_change_high", pl.Float64, "Upper end of its 95 % interval"),
    ),
)
