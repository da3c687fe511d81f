"""Printed tables of a checkpoint's noise floor: by variation and by skill."""

from __future__ import annotations

import polars as pl


def by_variation(noise: pl.DataFrame) -> pl.DataFrame:
    """One row per variation over all skills, in the order measured, from one checkpoint's `noise_floor` rows.

    Columns: variation, backend, answers, same tokens (share), verdicts flipped, forward KL, same top token (share).
    """
    return noise.filter(skill="all").select(
        "variation",
        "backend",
        pl.col("n").alias("answers"),
        pl.col("same_share").alias("same tokens"),
        pl.col("flips").alias("verdicts flipped"),
        pl.col("forward_kl").alias("forward KL"),
        pl.col("top1_agreement").alias("same top token"),
    )


def by_skill(noise: pl.DataFrame) -> pl.DataFrame:
    """One row per skill, `all` last: the variation that flips most verdicts, its rate, and the accuracy floor.

    Columns: skill, answers, worst variation (null if no verdict flips), flip rate, at most (upper end of its 95 %
    interval), accuracy floor (largest change on as many items that may be noise at that upper end, as in
    `with_noise_floor`), forward KL (the largest).
    """
    worst = pl.col("flip_rate").arg_max()
    columns = (pl.col(name).get(worst) for name in ("n", "variation", "flip_rate", "flip_rate_high"))
    return (
        noise.group_by("skill", maintain_order=True)
        .agg(*columns, pl.col("forward_kl").max())
        .with_columns(variation=pl.when(pl.col("flip_rate") > 0).then("variation"))
        .sort(pl.col("skill") == "all", "skill")
        .select(
            "skill",
            pl.col("n").alias("answers"),
            pl.col("variation").alias("worst variation"),
            pl.col("flip_rate").alias("flip rate"),
            pl.col("flip_rate_high").alias("at most"),
            (1.96 * (pl.col("flip_rate_high") / pl.col("n")).sqrt()).alias("accuracy floor"),
            pl.col("forward_kl").alias("forward KL"),
        )
    )


def noise_in_words(noise: pl.DataFrame) -> str:
    """One or two sentences: the overall change of accuracy and the divergence that may be noise."""
    row = by_skill(noise).filter(skill="all").row(0, named=True)
    text = f"On {row['answers']} answers, a change of overall accuracy up to {row['accuracy floor']:.3f} may be noise: "
    if row["worst variation"] is None:
        text += f"no verdict flipped, so the flip rate is below {row['at most']:.2f} (95 %); more items give a tighter "
        text += "bound."
    else:
        text += f"'{row['worst variation']}' alone flips {row['flip rate']:.1%} of the verdicts "
        text += f"(95 % upper bound {row['at most']:.1%})."
    if row["forward KL"] is not None:
        text += f" A forward KL up to {row['forward KL']:.2g} nats per token on reference text is also noise."
    return text
