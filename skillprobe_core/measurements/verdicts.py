"""The `verdicts` table: the judged answers."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table

VERDICTS = Table(
    name="verdicts",
    version=1,
    about="One row per item and sample: the verdict on the completion",
    key=("model", "step", "item_set", "item_id", "sample"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        Column("verdict", pl.String, "correct, wrong, unparsed or timeout"),
        Column("strict", pl.Boolean, "True if correct and the completion shows the skill's evidence"),
        Column(
            "extracted",
            pl.String,
            "The answer found in the completion; null when unparsed",
            may_be_null="every completion is unparsed",
        ),
        Column("rule", pl.String, "The extraction rule that matched"),
    ),
)
