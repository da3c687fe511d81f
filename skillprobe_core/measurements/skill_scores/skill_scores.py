"""Accuracies per skill, domain and level: the `skill_scores` table."""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.benchmark.units import with_units
from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.verdicts.answer_form import is_well_formed
from skillprobe_core.measurements.verdicts.judge_generations import check_same_item_set
from skillprobe_core.models.backend import CUT_REASONS
from skillprobe_core.stats.pass_at_k import pass_at_k
from skillprobe_core.stats.wilson import clustered_variance, effective_size, wilson_interval

from .skill_scores_table import SKILL_SCORES

_CHECKPOINT = ["model", "step", "item_set"]
_CELL = ["skill", "domain", "level"]
_SAMPLE_KEYS = [*_CHECKPOINT, "item_id", "sample"]
_RATES = {
    "malformed": pl.col("verdict") == "malformed",
    "unparsed": pl.col("verdict") == "unparsed",
    "truncated": pl.col("finish_reason").is_in(CUT_REASONS),
    "finished": pl.col("ending") == "ended",
    "cut": pl.col("ending") == "cut",
    "looped": pl.col("ending") == "looped",
    "thinking": pl.col("ending") == "thinking",
    "too_long": pl.col("verdict") == "too_long",
    "timeout": pl.col("verdict") == "timeout",
}


def skill_scores(verdicts: pl.DataFrame, items: pl.DataFrame, generations: pl.DataFrame) -> pl.DataFrame:
    """The `skill_scores` table of the checkpoints in `verdicts`: every cell, level and subtotal.

    All items have equal weight, however many samples each has. The interval is Wilson's on the effective number of
    independent completions, so that several samples of one item, or several items of one sampled template, do not
    count as independent (`skillprobe_core.benchmark.units` defines what is independent). Only the fair reading counts.
    Raises StoreError when verdicts, generations and items do not belong together.
    """
    check_same_item_set(verdicts, items, what="verdicts")
    per_item = _per_item(fair(verdicts), items, fair(generations))
    tables = [_grouped(per_item, kept) for kept in product((True, False), repeat=3)]
    return SKILL_SCORES.conform(pl.concat(tables)).sort(*_CHECKPOINT, *_CELL)


def _per_item(verdicts: pl.DataFrame, items: pl.DataFrame, generations: pl.DataFrame) -> pl.DataFrame:
    """One row per checkpoint and item: counts of its samples, and the item's skill, domain and level."""
    answers = generations.select(*_SAMPLE_KEYS, "finish_reason", pl.col("completion_tokens").cast(pl.Float64))
    joined = verdicts.join(answers, on=_SAMPLE_KEYS, how="left")
    lacking = joined.filter(pl.col("finish_reason").is_null())
    if lacking.height:
        raise StoreError(
            f"{lacking.height} verdicts have no generation, for example on item {lacking['item_id'][0]} "
            f"of {lacking['model'][0]}/{lacking['step'][0]}",
            remedy="run `skillprobe probe FOLDER` for this checkpoint again, or materialise its `verdicts` in Dagster",
        )
    about = with_units(items).select("item_id", "unit", "skill", "domain", pl.col("level").cast(pl.Int8), "chance")
    return (
        joined.group_by(*_CHECKPOINT, "item_id")
        .agg(
            pl.len().cast(pl.Float64).alias("k"),
            (pl.col("verdict") == "correct").sum().cast(pl.Float64).alias("correct"),
            pl.col("shows_steps").cast(pl.Float64).mean(),
            is_well_formed().sum().alias("well_formed"),
            ((pl.col("verdict") == "correct") & (pl.col("ending") == "ended")).sum().alias("finished_correct"),
            *(condition.sum().alias(name) for name, condition in _RATES.items()),
            pl.col("completion_tokens").sum(),
        )
        .join(about, on="item_id", how="left")
        .sort(*_CHECKPOINT, "item_id")
    )


def _grouped(per_item: pl.DataFrame, kept: tuple[bool, ...]) -> pl.DataFrame:
    """Scores of the groups formed by the kept ones of skill, domain and level; the others are pooled."""
    total = {"skill": pl.lit("all"), "domain": pl.lit("all"), "level": pl.lit(0, pl.Int8)}
    summed = [total[name].alias(name) for name, keep in zip(_CELL, kept, strict=True) if not keep]
    keys = [*_CHECKPOINT, *_CELL]
    frame = per_item.with_columns(*summed, (pl.col("correct") / pl.col("k")).alias("share"))
    k = pl.col("k").min().over(keys)
    frame = frame.with_columns(k.alias("fewest")).with_columns(
        pl.struct("correct", "k", "fewest")
        .map_batches(
            lambda s: pl.Series(pass_at_k(*(s.struct.field(f) for f in ("correct", "k", "fewest")))),
            return_dtype=pl.Float64,
        )
        .alias("passes")
    )
    unfinished = pl.sum_horizontal("cut", "looped", "thinking")
    scores = frame.group_by(keys, maintain_order=True).agg(
        pl.len().alias("items"),
        pl.col("k").sum().alias("samples"),
        pl.col("share").mean().alias("accuracy"),
        pl.col("shows_steps").mean().alias("shows_steps_rate"),
        pl.col("passes").mean().alias("pass_at_k"),
        (pl.col("correct") / pl.col("well_formed"))
        .filter(pl.col("well_formed") > 0)
        .mean()
        .alias("well_formed_accuracy"),
        pl.col("well_formed").sum(),
        (pl.col("finished_correct") / pl.col("finished"))
        .filter(pl.col("finished") > 0)
        .mean()
        .alias("finished_accuracy"),
        (pl.col("finished_correct") / pl.col("k")).mean().alias("accuracy_unfinished_wrong"),
        ((pl.col("finished_correct") + unfinished) / pl.col("k")).mean().alias("accuracy_unfinished_right"),
        pl.col("chance").mean(),
        *((pl.col(name).sum() / pl.col("k").sum()).alias(f"{name}_rate") for name in _RATES),
        (pl.col("completion_tokens").sum() / pl.col("k").sum()).alias("completion_tokens"),
    )
    residual = pl.col("share") - pl.col("share").mean().over(keys)
    units = (
        frame.with_columns(residual.alias("residual"))
        .group_by([*keys, "unit"], maintain_order=True)
        .agg(pl.col("residual").sum(), pl.len().alias("items"))
        .join(scores.select(keys).with_row_index("group"), on=keys, how="left", maintain_order="left")
    )
    owner = units["group"].to_numpy().astype(np.intp)
    variance, freedom = clustered_variance(units["residual"], units["items"], owner, scores.height)
    accuracy = scores["accuracy"].to_numpy()
    size = effective_size(accuracy * (1 - accuracy), variance, freedom, scores["samples"])
    low, high = wilson_interval(accuracy, size)
    return scores.with_columns(pl.Series("accuracy_low", low), pl.Series("accuracy_high", high))
