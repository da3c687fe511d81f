"""Comparison of changes with the noise floor: the differences between runs of the same weights."""

from __future__ import annotations

import polars as pl

from skillprobe_core.stats.significance import NORMAL_95


def noise_by_skill(noise: pl.DataFrame) -> pl.DataFrame:
    """One row per skill (and `all`) from `noise_floor` rows: the variation that flips most verdicts.

    Columns: skill, variation, `flip_rate`, `flip_rate_high` (the upper end of its interval), and `forward_kl`, the
    largest of any variation (null without logits).
    """
    worst = pl.col("flip_rate").arg_max()
    return (
        noise.sort("skill", "variation")
        .group_by("skill", maintain_order=True)
        .agg(pl.col("variation", "flip_rate", "flip_rate_high").get(worst), pl.col("forward_kl").max())
    )


def with_noise_floor(tests: pl.DataFrame, noise: pl.DataFrame) -> pl.DataFrame:
    """`tests` (rows as of `profile_tests`) with the columns `noise_floor` and `above_noise`.

    noise: `noise_floor` rows of the checkpoints that represent the tests' models. If a share f of verdicts flips when
    nothing changed, in either direction equally, the difference of two runs on n items has standard deviation
    sqrt(f / n), and the floor is 1.96 times that. f is the upper end of the interval of the skill's worst variation,
    since an absence of flips among few answers does not mean that none can occur. Both are null if the skill was not
    measured.
    """
    rates = noise_by_skill(noise).select("skill", pl.col("flip_rate_high").alias("_rate"))
    floor = (NORMAL_95 * (pl.col("_rate") / pl.col("items")).sqrt()).alias("noise_floor")
    return (
        tests.join(rates, on="skill", how="left", maintain_order="left")
        .with_columns(floor)
        .with_columns((pl.col("change").abs() > pl.col("noise_floor")).alias("above_noise"))
        .drop("_rate")
    )
