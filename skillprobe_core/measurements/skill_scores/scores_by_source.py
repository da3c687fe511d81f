"""Scores split by the source of the items: the benchmark's own kinds or a public data set."""

from __future__ import annotations

import polars as pl

from .skill_scores import skill_scores


def scores_by_source(verdicts: pl.DataFrame, items: pl.DataFrame, generations: pl.DataFrame) -> pl.DataFrame:
    """`skill_scores` of each source's items, with a column `source`; the arguments are those of `skill_scores`."""
    parts = []
    for source in sorted(items["source"].unique()):
        of_source = items.filter(source=source)
        kept = pl.col("item_id").is_in(of_source["item_id"].implode())
        scores = skill_scores(verdicts.filter(kept), of_source, generations.filter(kept))
        parts.append(scores.with_columns(source=pl.lit(source)))
    return pl.concat(parts)
