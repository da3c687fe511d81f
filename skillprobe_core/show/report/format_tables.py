"""The share of each fall that is format: a printed table, and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.readings.format_shares_table import FORMAT_SHARES
from skillprobe_core.terminal import say

from .terminal_tables import print_table

_ORDER = (pl.col("skill") == "all", "skill", "domain")


def print_format_shares(store: Store, protocol: str, checkpoints: Sequence[tuple[str, int]]) -> None:
    """Print what is stored on the format of falls of (model, step) pairs; nothing if no further reading was made."""
    parts = [Partition.checkpoint(*key, protocol) for key in checkpoints]
    stored = [store.read(FORMAT_SHARES, part) for part in parts if store.path(FORMAT_SHARES, part).exists()]
    rows = pl.concat([pl.DataFrame(schema=FORMAT_SHARES.polars_schema), *stored])
    shown = shown_shares(rows)
    if shown.height:
        say("")
        print_table(format_lines(shown), title="Falls and their format [95 % interval]")
        for line in format_in_words(shown):
            say(line)


def shown_shares(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of `format_shares` that people see: of checkpoints, the cells that fell and all items of a reading."""
    shown = rows.filter((pl.col("step") > 0) & (pl.col("fell") | (pl.col("skill") == "all")))
    return shown.sort("model", "step", "reading", *_ORDER)


def format_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """One line per checkpoint, reading and cell, from rows of `format_shares`."""
    return rows.select(
        pl.format("{}/{}", "model", "step").alias("checkpoint"),
        "reading",
        "skill",
        "domain",
        "items",
        _with_interval("fall", "fall_low", "fall_high").alias("fall"),
        _with_interval("format_fall", "format_low", "format_high").alias("of it format"),
        _with_interval("format_share", "share_low", "share_high").alias("share"),
    )


def format_in_words(rows: pl.DataFrame) -> list[str]:
    """One sentence per row that is a fall, from rows of `format_shares`.

    It has no share where the interval of the fall contains 0.
    """
    said = []
    for row in rows.filter(pl.col("fall") > 0).iter_rows(named=True):
        where = "all items of the reading" if row["skill"] == "all" else f"{row['skill']}/{row['domain']}"
        share = (
            f"a share of {row['format_share']:.2f} [{row['share_low']:.2f}, {row['share_high']:.2f}]"
            if row["format_share"] is not None
            else "no share is given, since the interval of the fall contains 0"
        )
        fall = "fall under the exact reading" if row["reading"] == "exact" else "fall"
        said.append(
            f"{row['model']} at step {row['step']}, {where}: of the {fall} of {row['fall']:.2f}, "
            f"{row['format_fall']:z.2f} [{row['format_low']:z.2f}, {row['format_high']:z.2f}] is format by the "
            f"{'fair' if row['reading'] == 'exact' else row['reading']} reading ({share})."
        )
    return said


def _with_interval(value: str, low: str, high: str) -> pl.Expr:
    return pl.format("{} [{}, {}]", *(pl.col(name).round(2) for name in (value, low, high)))
