"""The `verdicts` table: the judged answers."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, ITEM_KEYS, Column, Table
from skillprobe_core.store.readings import READING

VERDICTS = Table(
    name="verdicts",
    version=2,
    about="One row per item, sample and reading: the verdict on the completion",
    key=("model", "step", "item_set", "item_id", "sample", "reading"),
    columns=(
        *CHECKPOINT_KEYS,
        *ITEM_KEYS,
        Column("sample", pl.Int32, "Number of the sample, from 0"),
        READING,
        Column("verdict", pl.String, "correct, wrong, malformed, unparsed, truncated, too_long or timeout"),
        Column("strict", pl.Boolean, "True if correct and the completion shows the skill's evidence"),
        Column("extracted", pl.String, "The answer found in the completion; null if it has none"),
        Column("rule", pl.String, "The extraction rule that matched; none if there is no answer"),
        Column(
            "ending", pl.String, "How the completion ended: ended, cut, looped or thinking; null if none was generated"
        ),
    ),
)
