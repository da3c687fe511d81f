"""Rows of table `generations` from earlier versions, in the columns of the current one."""

from __future__ import annotations

import polars as pl

from skillprobe_core.store.readings import FAIR


def from_version_3(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of version 3 with the columns that version 4 added: the fair reading, and token ids that were not kept.

    Their text is tokenised again where ids are needed. Generating the rows again takes completions with their ids from
    the chunk log, as long as it is there.
    """
    return rows.with_columns(reading=pl.lit(FAIR), completion_ids=pl.lit(None, pl.List(pl.Int32)))
