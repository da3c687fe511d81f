"""Rows of `change_onsets` that have a date, by the claim that they allow."""

from __future__ import annotations

import polars as pl

from skillprobe_core.stats.significance import SIGNIFICANCE


def dated_in_these_kinds() -> pl.Expr:
    """True for rows with a lasting change in the kinds of the item set, so that `onset_step` dates it: `p`."""
    return pl.col("p") <= SIGNIFICANCE


def dated_in_the_skill() -> pl.Expr:
    """True for rows with a date in these kinds whose change is lasting with kinds as clusters as well: `kind_p`."""
    return dated_in_these_kinds() & (pl.col("kind_p") <= SIGNIFICANCE)
