"""Transfer of a gain in one domain to the others."""

from __future__ import annotations

import numpy as np
import polars as pl

from skillprobe_core.stats.ratio_interval import equal_p, holm, ratio_interval

LEAST = 0.02
_GAIN = pl.col("change") / pl.col("sigma")
_TARGET_GAIN = pl.col("target_change") / pl.col("target_sigma")


def transfer_index(tests: pl.DataFrame, *, target: str = "math") -> pl.DataFrame:
    """One row per checkpoint and other domain, from `profile_tests`: its gain relative to that in the target domain.

    Two indices, both 100 · (domain) / (target), as in arXiv 2507.00432:
    `index` of DI = change / σ, the change in units of the base's standard deviation of one answer, σ = sqrt(a (1 - a));
    `relative_index` of ΔR, the mean over the domain's cells of change / base accuracy.
    A ratio of noise to noise is meaningless: an index is null, with the cause in its `reason`, if the target did not
    gain beyond its own 95 % interval, if the target's DI or ΔR is below 0.02, or if σ or a base accuracy is.
    `index_low` to `index_high` is the 95 % interval of `index`, from those of both changes; `relative_index` has none.
    `p_full_transfer` tests an index of 100, adjusted over all rows (Holm).
    The raw gains are given as well: `change`, `change_low`, `change_high`, `p_adjusted` (both from `tests`, for the
    null that the domain did not change), and the changes of the target.
    Further columns: model, step, domain, target, relative_reason.
    """
    keys = ["model", "step", "item_set"]
    table = _by_domain(tests, keys)
    goal = table.filter(pl.col("domain") == target).drop("domain")
    goal = goal.rename({name: f"target_{name}" for name in goal.columns if name not in keys})
    both = table.filter(pl.col("domain") != target).join(goal, on=keys)
    reason, relative_reason = _reasons(target)
    both = both.with_columns(reason=reason, relative_reason=relative_reason)
    both = _with_interval(both)
    known, relative_known = pl.col("reason").is_null(), pl.col("relative_reason").is_null()
    return both.select(
        *keys,
        pl.lit(target).alias("target"),
        "domain",
        pl.when(known).then(100 * _GAIN / _TARGET_GAIN).alias("index"),
        *(pl.when(known).then(name).alias(name) for name in ("index_low", "index_high", "p_full_transfer")),
        "reason",
        pl.when(relative_known).then(100 * pl.col("relative") / pl.col("target_relative")).alias("relative_index"),
        "relative_reason",
        "change",
        "change_low",
        "change_high",
        "p_adjusted",
        "target_change",
        "target_change_low",
        "target_change_high",
    ).sort(*keys, "domain")


def _by_domain(tests: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Each domain's change, with the base's standard deviation (`sigma`) and the mean of ΔR over cells (`relative`)."""
    domains = tests.filter(pl.col("scope") == "domain").select(
        *keys,
        "domain",
        "change",
        "change_low",
        "change_high",
        "p_adjusted",
        (pl.col("base_accuracy") * (1 - pl.col("base_accuracy"))).sqrt().alias("sigma"),
    )
    relative = (
        tests.filter(pl.col("scope") == "cell")
        .group_by(*keys, "domain")
        .agg(
            (pl.col("change") / pl.col("base_accuracy")).mean().alias("relative"),
            pl.col("base_accuracy").min().alias("least_base"),
        )
    )
    return domains.join(relative, on=[*keys, "domain"])


def _reasons(target: str) -> tuple[pl.Expr, pl.Expr]:
    """Why there is no index, and why there is no relative index; null where there is one."""
    unproven = pl.when(pl.col("target_change_low") <= 0).then(pl.lit(f"{target} did not gain beyond its own interval"))
    reason = (
        unproven.when(pl.min_horizontal("sigma", "target_sigma") < LEAST)
        .then(pl.lit("the base answers nearly all or nearly none: its spread is near 0"))
        .when(_TARGET_GAIN.abs() < LEAST)
        .then(pl.lit(f"the gain in {target} is near 0"))
    )
    relative_reason = (
        unproven.when(pl.min_horizontal("least_base", "target_least_base") < LEAST)
        .then(pl.lit("a cell's base accuracy is near 0"))
        .when(pl.col("target_relative").abs() < LEAST)
        .then(pl.lit(f"the relative gain in {target} is near 0"))
    )
    return reason, relative_reason


def _with_interval(both: pl.DataFrame) -> pl.DataFrame:
    """Add `index_low`, `index_high` and `p_full_transfer`; meaningless where there is no index."""
    sides = []
    for side in ("", "target_"):
        changes = both.select(side + "change", side + "change_low", side + "change_high").to_numpy()
        spread = np.maximum(both[side + "sigma"].to_numpy(), LEAST)
        sides.append((changes / spread[:, None]).T)
    low, high = ratio_interval(*sides)
    return both.with_columns(
        pl.Series("index_low", 100 * low),
        pl.Series("index_high", 100 * high),
        pl.Series("p_full_transfer", holm(equal_p(*sides))),
    )
