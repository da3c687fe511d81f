"""Comparison of two training methods at the same gain in the target cells."""

from __future__ import annotations

import numpy as np
import polars as pl

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.profile_tests.describe_changes import describe_changes
from skillprobe_core.measurements.profile_tests.families import Family
from skillprobe_core.measurements.profile_tests.joint_tests import unit_sums
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from skillprobe_core.stats.sign_flips import adjusted_two_sided_p, sign_flips, two_sided_p

from .pareto import gain_and_drop

TOLERANCE = 0.02
_NORMAL_95 = 1.959963984540054


def matched_gain(
    verdicts: pl.DataFrame,
    other_verdicts: pl.DataFrame,
    tests: pl.DataFrame,
    items: pl.DataFrame,
    targets: list[tuple[str, str]],
    *,
    tolerance: float = TOLERANCE,
) -> pl.DataFrame:
    """One row per checkpoint of one model: its difference outside the targets from the other's of nearest target gain.

    A method that learned less has forgotten less, so methods compare fairly only at equal gains (RL's Razor, arXiv
    2509.04259). verdicts, other_verdicts: all steps of two models of one base; tests: their `profile_tests` against it.
    The base cancels: both sides are paired directly, item by item, outside the target cells. `difference` is the first
    model's accuracy there minus the other's, with 95 % interval, sign-flip `p` and `p_adjusted` (max-T over rows). If
    no checkpoint of the other lies within `tolerance` of the gain, or every cell is a target, these are null and
    `reason` gives the cause. Raises
    StoreError when a side holds several models or the sides did not answer the same items.
    """
    mine, other = (_only(side) for side in (verdicts, other_verdicts))
    points = gain_and_drop(tests, targets)
    ours, theirs = points.filter(pl.col("model") == mine), points.filter(pl.col("model") == other)
    if ours.is_empty() or theirs.is_empty():
        raise StoreError(
            f"there are no profile tests of {mine if ours.is_empty() else other} against the base",
            remedy="pass the profile tests of both models",
        )
    gap = np.abs(ours["gain"].to_numpy()[:, None] - theirs["gain"].to_numpy())
    nearest = gap.argmin(axis=1)
    table = ours.select("model", "step", "gain", "drop").with_columns(
        pl.lit(other).alias("other_model"),
        *(pl.Series(f"other_{name}", theirs[name].to_numpy()[nearest]) for name in ("step", "gain", "drop")),
        pl.Series("matched", gap.min(axis=1) <= tolerance),
    )
    chosen = pl.struct("skill", "domain").is_in([{"skill": skill, "domain": domain} for skill, domain in targets])
    elsewhere = not tests.filter((pl.col("scope") == "cell") & ~chosen).is_empty()
    found = []
    sums = []
    for row in table.filter(pl.col("matched") & elsewhere).iter_rows(named=True):
        pairs = paired_items(
            verdicts.filter(pl.col("step") == row["step"]),
            other_verdicts.filter(pl.col("step") == row["other_step"]),
            items,
        ).filter(~chosen)
        family = Family("overall", (("all", "all"),), np.zeros(pairs.height, dtype=np.intp))
        sums.append(unit_sums(pairs, family))
        described = describe_changes(pairs, family, margin=0.0, critical=_NORMAL_95, critical_lower=_NORMAL_95)
        found.append(
            described.select(
                pl.lit(row["step"]).alias("step"),
                pl.col("change").alias("difference"),
                pl.col("change_low").alias("difference_low"),
                pl.col("change_high").alias("difference_high"),
            )
        )
    columns = ("difference", "difference_low", "difference_high", "p", "p_adjusted")
    unmatched = pl.lit(f"no checkpoint of {other} gained within {tolerance} as much")
    nowhere = pl.lit(None if elsewhere else "every cell is a target", pl.String)
    reason = pl.when(~pl.col("matched")).then(unmatched).otherwise(nowhere)
    if not found:
        return table.with_columns(*(pl.lit(None, pl.Float64).alias(name) for name in columns), reason.alias("reason"))
    flips = sign_flips(np.hstack(sums))
    tested = pl.concat(found).with_columns(
        pl.Series("p", two_sided_p(flips)), pl.Series("p_adjusted", adjusted_two_sided_p(flips))
    )
    return table.join(tested, on="step", how="left", maintain_order="left").with_columns(reason.alias("reason"))


def _only(verdicts: pl.DataFrame) -> str:
    models = verdicts["model"].unique().sort().to_list()
    if len(models) != 1:
        raise StoreError(
            f"the verdicts of one side are of {len(models)} models, expected one",
            remedy="pass the verdicts of one model",
        )
    return str(models[0])
