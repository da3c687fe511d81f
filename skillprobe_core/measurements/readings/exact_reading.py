"""The exact reading: verdicts on answers that have the form that prompts ask for."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.measurements.verdicts.answer_form import with_ending

# INSTRUCTION in models/prompts.py asks for this line at the end.
_ANSWER_LINE = r"(?:^|\n)Answer:[ \t]*\S[^\n]*\s*$"


def exact_rows(generations: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The exact reading of one checkpoint's answers; no model is loaded.

    An answer keeps its fair verdict if the completion ended by itself and its last line is `Answer: ` followed by the
    answer, without markup before the word. Any other answer is `truncated` if the completion did not end, else
    `unparsed`. So no answer is correct that the fair reader rejects.

    Args:
        generations: Rows of table `generations` of one checkpoint.
        verdicts: Its rows of table `verdicts`.

    Returns:
        One row per item and sample: item_id, sample, verdict, extracted and completion, which is null.
    """
    keys = ["item_id", "sample"]
    rows = with_ending(fair(verdicts)).join(fair(generations).select(*keys, "completion"), on=keys)
    asked = (pl.col("ending") == "ended") & pl.col("completion").str.contains(_ANSWER_LINE)
    unread = pl.when(pl.col("ending") == "ended").then(pl.lit("unparsed")).otherwise(pl.lit("truncated"))
    kept = asked | (pl.col("verdict") == "too_long")
    return rows.select(
        *keys,
        pl.when(kept).then("verdict").otherwise(unread).alias("verdict"),
        pl.when(kept).then("extracted").alias("extracted"),
        pl.lit(None, pl.String).alias("completion"),
    ).sort(keys)
