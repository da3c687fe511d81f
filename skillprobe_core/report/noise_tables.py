"""A checkpoint's noise floor as people read it: what each variation changed, and what that means per skill."""

from __future__ import annotations

import polars as pl


def by_variation(noise: pl.DataFrame) -> pl.DataFrame:
    """One row per variation over all skills, in the order measured, of one checkpoint's `noise_floor` rows.

    Columns: variation, asked by, answers, same tokens (share), verdicts flipped, forward KL, same top token (share).
    """
    return noise.filter(skill="all").select(
        "variation",
        pl.col("backend").alias("asked by"),
        pl.col("n").alias("answers"),
        pl.col("same_share").alias("same tokens"),
        pl.col("flips").alias("verdicts flipped"),
        pl.col("forward_kl").alias("forward KL"),
        pl.col("top1_agreement").alias("same top token"),
    )


def by_skill(noise: pl.DataFrame) -> pl.DataFrame:
    """One row per skill, `all` last: the variation that flips most verdicts, its rate, and the accuracy floor.

    Columns: skill, answers, worst variation (null where no verdict flips), flip rate, at most (the end of its 95 %
    interval), accuracy floor (a change on as many items up to which it is noise, by that end, as `with_noise_floor`
    takes it), forward KL (the largest).
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


def noise_reading(noise: pl.DataFrame) -> str:
    """In a sentence or two: which overall change of accuracy, and which divergence, is no more than noise."""
    row = by_skill(noise).filter(skill="all").row(0, named=True)
    told = f"On {row['answers']} answers, a change of overall accuracy up to {row['accuracy floor']:.3f} may be noise: "
    if row["worst variation"] is None:
        told += f"no verdict flipped, so the true rate is below {row['at most']:.2f} (95 %); more items say more."
    else:
        told += f"'{row['worst variation']}' alone flips {row['flip rate']:.1%} of the verdicts, "
        told += f"at most {row['at most']:.1%}."
    if row["forward KL"] is not None:
        told += f" A forward KL up to {row['forward KL']:.2g} nats a token on reference text is noise, too."
    return told
