"""Rows of `profile_tests` whose change is significant, by the claim that they allow."""

from __future__ import annotations

import polars as pl

from skillprobe_core.stats.significance import SIGNIFICANCE


def in_these_kinds() -> pl.Expr:
    """True for rows whose accuracy changed in the kinds of the item set: `p_gated`, adjusted over all scopes.

    Rows of an earlier version have no `p_gated`; there it is `p_adjusted`, adjusted over the row's scope.
    """
    return pl.coalesce("p_gated", "p_adjusted") <= SIGNIFICANCE


def in_the_skill() -> pl.Expr:
    """True for rows that changed in these kinds and, with kinds as clusters, in kinds like them."""
    return in_these_kinds() & (pl.col("kind_p_adjusted") <= SIGNIFICANCE).fill_null(value=False)
