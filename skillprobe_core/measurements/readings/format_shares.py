"""The share of each fall that is format: the `format_shares` table of one checkpoint."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from skillprobe_core.benchmark.fair_reading import EXACT
from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from skillprobe_core.stats.bootstrap import bootstrap_interval
from skillprobe_core.stats.share_of_fall import share_interval

from .format_shares_table import FORMAT_SHARES
from .readings_settings import READ_AGAIN
from .take_readings import fallen_cells

Array = NDArray[np.float64]


def format_shares(
    readings: pl.DataFrame,
    verdicts: pl.DataFrame,
    base_verdicts: pl.DataFrame,
    tests: pl.DataFrame,
    items: pl.DataFrame,
    *,
    model: str,
    step: int,
) -> pl.DataFrame:
    """The `format_shares` table of one checkpoint.

    Args:
        readings: Its rows of table `readings`.
        verdicts: Its rows of table `verdicts`.
        base_verdicts: Those of its base.
        tests: Its rows of table `profile_tests`, for the cells that fell.
        items: The item set.
        model: The model's name.
        step: The checkpoint's step.

    Returns:
        One row per reading and cell that it has items of, and one for all items of the reading.

    Raises:
        StoreError: The two sides did not answer the same items.
    """
    pairs = paired_items(verdicts, base_verdicts, items)
    right = (
        readings.group_by("reading", "item_id")
        .agg(
            (pl.col("verdict") == "correct").mean().alias("read_share"),
            (pl.col("base_verdict") == "correct").mean().alias("read_base_share"),
        )
        .sort("item_id")
    )
    frames = [pl.DataFrame(schema=FORMAT_SHARES.computed_schema)]
    for reading in READ_AGAIN:
        read = pairs.join(right.filter(reading=reading), on="item_id", maintain_order="left")
        if read.height:
            rows = _of_reading(read, reading).with_columns(
                model=pl.lit(model),
                step=pl.lit(step, pl.Int64),
                item_set=pl.lit(items["item_set"][0]),
                reading=pl.lit(reading),
            )
            frames.append(FORMAT_SHARES.conform(_with_fell(rows, tests)))
    return pl.concat(frames)


def _with_fell(rows: pl.DataFrame, tests: pl.DataFrame) -> pl.DataFrame:
    fallen = fallen_cells(tests).with_columns(fell=pl.lit(value=True))
    joined = rows.join(fallen, on=["skill", "domain"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("fell").fill_null(value=False))


def _of_reading(read: pl.DataFrame, reading: str) -> pl.DataFrame:
    """One row per cell and one for all items: falls under both readings, and their difference with intervals."""
    strict, lenient = ("read_", "") if reading == EXACT else ("", "read_")
    names = [f"{prefix}{side}share" for prefix in (strict, lenient) for side in ("", "base_")]
    accuracy, base, other, other_base = (read[name].to_numpy() for name in names)
    cells = next(family for family in families(read) if family.scope == "cell")
    label, number = cells.label, len(cells.groups)
    totals = csr_array(np.vstack([np.eye(number), np.ones((1, number))]))
    unit = read["unit"].rank("dense").cast(pl.Int64).to_numpy().astype(np.intp) - 1
    fall, part = base - accuracy, (base - accuracy) - (other_base - other)

    def mean(values: Array) -> Array:
        counted = totals @ np.bincount(label, minlength=number).astype(np.float64)
        return np.asarray((totals @ np.bincount(label, values, number)) / counted)

    def sums(values: Array) -> Array:
        units = int(unit.max()) + 1
        summed = np.bincount(unit * number + label, values, units * number)
        return np.asarray(summed, np.float64).reshape(units, number)

    size = sums(np.ones(read.height))
    fall_low, fall_high = bootstrap_interval(sums(fall), size, totals)
    format_low, format_high = bootstrap_interval(sums(part), size, totals)
    share_low, share_high = share_interval(sums(part), sums(fall), totals)
    surely = fall_low > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = mean(part) / mean(fall)
    groups = [*((skill, domain) for skill, domain, _ in cells.groups), ("all", "all")]
    return pl.DataFrame(
        {
            "skill": [skill for skill, _ in groups],
            "domain": [domain for _, domain in groups],
            "items": totals @ np.bincount(label, minlength=number),
            "units": (totals @ size.T > 0).sum(axis=1),
            "base_accuracy": mean(base),
            "accuracy": mean(accuracy),
            "fall": mean(fall),
            "fall_low": fall_low,
            "fall_high": fall_high,
            "base_lenient_accuracy": mean(other_base),
            "lenient_accuracy": mean(other),
            "format_fall": mean(part),
            "format_low": format_low,
            "format_high": format_high,
            "format_share": np.where(surely, share, np.nan),
            "share_low": np.where(surely, share_low, np.nan),
            "share_high": np.where(surely, share_high, np.nan),
        }
    ).with_columns(pl.col("format_share", "share_low", "share_high").fill_nan(None))
