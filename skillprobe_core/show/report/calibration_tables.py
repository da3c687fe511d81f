"""Printed tables of calibration: confidence compared with accuracy, and responses to unanswerable twins."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.calibration.calibration_table import CALIBRATION
from skillprobe_core.terminal import say

from .terminal_tables import print_table

_CHECKPOINT = pl.format("{}/{}", "model", "step").alias("checkpoint")


def print_calibration(store: Store, protocol: str, checkpoints: Sequence[tuple[str, int]]) -> None:
    """Print what is stored on the calibration of (model, step) pairs; nothing if nothing was measured."""
    parts = [Partition.checkpoint(*key, protocol) for key in checkpoints]
    stored = [store.read(CALIBRATION, part) for part in parts if store.path(CALIBRATION, part).exists()]
    rows = pl.concat([pl.DataFrame(schema=CALIBRATION.polars_schema), *stored])
    for title, frame in (
        ("Confidence and accuracy [95 % interval]", confidence_by_skill(rows)),
        ("Unanswerable twins [95 % interval]", twins_by_skill(rows)),
    ):
        if frame.height:
            say("")
            print_table(frame, title=title)


def by_skill(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of `calibration` per skill and of all items, `all` last within a checkpoint and source."""
    return rows.filter(pl.col("scope").is_in(["skill", "overall"])).sort(
        "model", "step", "source", pl.col("skill") == "all", "skill"
    )


def confidence_by_skill(rows: pl.DataFrame) -> pl.DataFrame:
    """One line per checkpoint, source of confidence and skill, from rows of `calibration`."""
    shown = by_skill(rows).filter(pl.col("source") != "twins")
    return shown.select(
        _CHECKPOINT,
        "source",
        "skill",
        "items",
        "accuracy",
        "confidence",
        _with_interval("overconfidence", "overconfidence_low", "overconfidence_high"),
        pl.col("brier_score").alias("Brier score"),
        "reliability",
        "resolution",
        _with_interval("change", "change_low", "change_high").alias("change from base"),
        pl.col("p_adjusted").alias("adjusted p"),
    )


def twins_by_skill(rows: pl.DataFrame) -> pl.DataFrame:
    """One line per checkpoint and skill on its responses to unanswerable twins, from rows of `calibration`."""
    return (
        by_skill(rows)
        .filter(pl.col("source") == "twins")
        .select(
            _CHECKPOINT,
            "skill",
            "twins",
            _with_interval("recognised_rate", "recognised_low", "recognised_high").alias("recognised"),
            pl.col("answered_rate").alias("answered anyway"),
            pl.col("abstained_rate").alias("abstained on answerable"),
            _with_interval("change", "change_low", "change_high").alias("change from base"),
            pl.col("p_adjusted").alias("adjusted p"),
        )
    )


def _with_interval(value: str, low: str, high: str) -> pl.Expr:
    """`0.12 [0.05, 0.19]`; null where the value is."""
    return pl.format("{} [{}, {}]", *(pl.col(name).round(2) for name in (value, low, high))).alias(value)
