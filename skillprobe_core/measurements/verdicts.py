"""The `verdicts` table: the judged answers."""

import polars as pl

from skillprobe_core.engine.table import ITEM_KEYS, PROTOCOL_KEYS, Column, Table

VERDICTS = Table(
    name="verdicts",
    version=2,
    about="One row per item and sample: the verdict on the completion",
    key=("model", "step", "protocol", "item_set", "item_id", "sample"),
    columns=(
        *PROTOCOL_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        Column("verdict", pl.String, "correct, wrong, unparsed or timeout"),
        Column("strict", pl.Boolean, "True if correct and the completion shows the skill's evidence"),
        Column("extracted", pl.String, "The answer found in the completion; null when unparsed"),
        Column("rule", pl.String, "The extraction rule that matched"),
    ),
)
