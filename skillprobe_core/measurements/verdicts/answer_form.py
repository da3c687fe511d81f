"""The form of judged answers: well-formed or not, and cut or not."""

from __future__ import annotations

import polars as pl

WELL_FORMED = ("correct", "wrong", "timeout")
"""Verdicts on an answer that is finished and has the form that its item asks for, right or not."""

CUT = ("cut", "looped", "thinking")
"""Endings of a completion that did not end by itself."""

FORM_RATES = ("malformed", "unparsed", "truncated", "looped")
"""The shares of answers that a change of style or length moves, as `form_rates` names them."""


def is_well_formed() -> pl.Expr:
    """True for a verdict on a well-formed, finished answer."""
    return pl.col("verdict").is_in(WELL_FORMED)


def with_ending(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The verdicts with a column `ending`; in a frame without one, every completion ended by itself."""
    return verdicts if "ending" in verdicts.columns else verdicts.with_columns(ending=pl.lit("ended"))


def is_cut() -> pl.Expr:
    """True for a completion that was generated and did not end by itself."""
    return pl.col("ending").is_in(CUT).fill_null(value=False)


def form_rates() -> dict[str, pl.Expr]:
    """One condition on a verdict for each of `FORM_RATES`.

    `truncated` counts every completion that did not end by itself, with or without an answer; `looped` is part of it.
    """
    conditions = (
        pl.col("verdict") == "malformed",
        pl.col("verdict") == "unparsed",
        is_cut(),
        (pl.col("ending") == "looped").fill_null(value=False),
    )
    return dict(zip(FORM_RATES, conditions, strict=True))
