"""Rows of table `generations` from earlier versions, in the columns of the current one."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.fair_reading import FAIR
from skillprobe_core.models.backend import SERVER

_SAME = ("item_id", "sample", "prompt_digest", "seed", "completion", "completion_tokens")


def from_version_3(rows: pl.DataFrame, logged: pl.DataFrame) -> pl.DataFrame:
    """Rows of version 3 with the columns that version 4 added: the fair reading, and the ids of the tokens.

    logged: rows of the chunk log, which holds the ids as long as it is there. Where it does not, the text is tokenised
    again when ids are needed. Ids that a server's text was given are not those that were sampled.
    """
    ids = logged.select(*_SAME, "completion_ids").unique(_SAME)
    found = rows.join(ids, on=_SAME, how="left", nulls_equal=True, maintain_order="left")
    sampled = pl.when(~pl.col("backend").str.starts_with(f"{SERVER} ")).then("completion_ids")
    return found.with_columns(reading=pl.lit(FAIR), completion_ids=sampled)
