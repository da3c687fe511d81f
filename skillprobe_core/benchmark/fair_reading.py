"""Readings of a checkpoint's answers; rows of other readings are added next to the fair one and replace none."""

from __future__ import annotations

import polars as pl

from skillprobe_core.engine.table import Column

FAIR = "fair"
"""The ordinary reading: the answer that a fair reader finds in the completion."""

EXACT = "exact"
"""The fair reading where the answer has the form that prompts ask for: a last line `Answer: `."""

FORCED = "forced"
"""The answer that the model gives when `Answer:` is written after its own text."""

ELICITED = "elicited"
"""The fair reading of completions of few-shot prompts."""

READING = Column("reading", pl.String, "The way in which answers are read: `fair` is the ordinary reading")


def fair(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of the fair reading; a frame without a column `reading` has no others.

    Every score, test, figure and text for divergence is computed from these rows alone.
    """
    return frame.filter(pl.col(READING.name) == FAIR) if READING.name in frame.columns else frame
