"""The `token_divergence` table: divergence of the output distribution token by token. Written on request only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table
from skillprobe_core.plugins import Live

from .divergence_registry import OF_TOKENS, token_columns
from .logit_divergence_table import DIVERGENCE_NEEDS, LOGIT_DIVERGENCE

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe


def _compute(probe: Probe) -> pl.DataFrame:
    from .measure_divergence import measure

    tokens = measure(probe, with_tokens=True).tokens
    assert tokens is not None
    return tokens


TOKEN_DIVERGENCE = Table(
    name="token_divergence",
    version=3,
    readable_since=2,
    about="One row per token of a text: divergence of the checkpoint (q) from its base (p) in predicting the token",
    key=("model", "step", "protocol", "item_set", "item_id", "text", "sample", "position"),
    columns=Live(
        lambda: (
            *PROTOCOL_KEYS,
            *ITEM_KEYS,
            Column(
                "text",
                pl.String,
                "Whose text: reference (the item's), base or own; never mix them",
                formerly="text_source",
            ),
            Column("sample", pl.Int32, "Number of the sample, from 0; 0 for reference text"),
            Column("position", pl.Int32, "Position in the completion, from 0", "tokens"),
            Column("token_id", pl.Int32, "The text's token"),
            Column("token", pl.String, "The token as text"),
            Column("is_answer", pl.Boolean, "True from the final answer on; false for the reasoning before it"),
            *token_columns(),
        )
    ),
    more="Written if `tokens` is set under [divergence].",
    needs=(*DIVERGENCE_NEEDS, OF_TOKENS),
    compute=_compute,
    code_version="3",
    enabled=lambda probe: probe.settings.divergence.tokens,
    shared_base=True,
    group="mechanisms",
    pool="device",
    kinds=("pytorch", "parquet"),
    asset=LOGIT_DIVERGENCE.name,
)
