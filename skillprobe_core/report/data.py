"""What the report shows, out of the stored tables, as plain rows ready for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import polars as pl

from skillprobe_core.analysis.law_fits import law_fits
from skillprobe_core.analysis.profile import profile_summary
from skillprobe_core.parameters.summary import model_summary
from skillprobe_core.store.parquet import Partition, Store
from skillprobe_core.store.schema import Table
from skillprobe_core.store.tables.checkpoints import CHECKPOINTS
from skillprobe_core.store.tables.generations import GENERATIONS
from skillprobe_core.store.tables.logit_divergence import LOGIT_DIVERGENCE
from skillprobe_core.store.tables.parameter_stats import PARAMETER_STATS
from skillprobe_core.store.tables.profile_tests import PROFILE_TESTS
from skillprobe_core.store.tables.skill_scores import SKILL_SCORES
from skillprobe_core.store.tables.verdicts import VERDICTS

from .reading import read_tests

Rows: TypeAlias = list[dict[str, object]]

_FORGOTTEN_SHOWN = 60


def report_data(store: Store, models: Sequence[str], items: pl.DataFrame) -> dict[str, object]:
    """Everything that the report shows of some models on one item set; a stage that was not run leaves no rows."""
    tables = {table.name: _all(store, table, models) for table in _TABLES}
    scores = tables["skill_scores"].filter(pl.col("item_set").is_in(items["item_set"].unique().implode()))
    tests = tables["profile_tests"].filter(pl.col("item_set").is_in(items["item_set"].unique().implode()))
    drift = _drift(tables, tests)
    return {
        "item_set": items["item_set"][0],
        "items": items.height,
        "models": list(models),
        "readings": _readings(tests),
        "skills": scores.filter((pl.col("domain") == "all") & (pl.col("level") == 0))
        .select("model", "step", "skill", "accuracy", "accuracy_low", "accuracy_high", "chance", "strict_accuracy")
        .sort("model", "skill", "step")
        .to_dicts(),
        "cells": tests.filter(pl.col("scope") == "cell").select(_CELL_COLUMNS).sort("model", "step").to_dicts(),
        "drift": drift.to_dicts(),
        "laws": _laws(drift),
        "layers": _layers(tables["parameter_stats"]),
        "forgotten": _forgotten(tables["verdicts"], tables["generations"], items),
        "checkpoints": tables["checkpoints"]
        .drop("tokenizer_digest", "weights_digest")
        .sort("model", "step")
        .to_dicts(),
    }


_TABLES: tuple[Table, ...] = (
    CHECKPOINTS, GENERATIONS, VERDICTS, SKILL_SCORES, LOGIT_DIVERGENCE, PARAMETER_STATS, PROFILE_TESTS,
)  # fmt: skip
_CELL_COLUMNS = (
    "model", "step", "skill", "domain", "items", "base_accuracy", "accuracy", "change", "change_low", "change_high",
    "p_adjusted", "collapse", "detectable_change",
)  # fmt: skip


def _all(store: Store, table: Table, models: Sequence[str]) -> pl.DataFrame:
    parts = [
        store.read(table, Partition.checkpoint(model, step))
        for model, step in store.partitions(table)
        if model in models
    ]
    return pl.concat([pl.DataFrame(schema=table.polars_schema), *parts])


def _readings(tests: pl.DataFrame) -> Rows:
    """What the tests say of each model's last step."""
    readings: Rows = []
    for (model,), of_model in tests.filter(pl.col("step") > 0).sort("model").group_by("model", maintain_order=True):
        last = of_model.select(pl.col("step").max()).item()
        readings.append({"model": model, "text": read_tests(of_model.filter(step=last), f"{model} at step {last}")})
    return readings


def _drift(tables: dict[str, pl.DataFrame], tests: pl.DataFrame) -> pl.DataFrame:
    """One row per checkpoint: distances of distribution, weights and profile from the base, and forgetting.

    Forgetting is minus the mean change over the cells that fell; what rose elsewhere does not pay for it.
    """
    keys = ["model", "step"]
    tokens = pl.col("tokens") / pl.col("tokens").sum()
    divergence = (
        tables["logit_divergence"]
        .filter(pl.col("text_source") == "reference")
        .group_by(keys)
        .agg(
            (pl.col(name) * tokens).sum()
            for name in ("forward_kl", "reverse_kl", "js", "moved_share", "entropy_change")
        )
    )
    weights = tables["parameter_stats"]
    if weights.height:
        weights = model_summary(weights).filter((pl.col("scope") == "model") & (pl.col("reference") == "base"))
        weights = weights.select(*keys, "relative_norm", "sparsity_relative", "spectral_drift")
    else:
        weights = weights.select(keys)
    profile = profile_summary(tests).select(*keys, "drift", "drift_noise", "worst_change", "collapsed")
    forgetting = (
        tests.filter(pl.col("scope") == "cell")
        .group_by(keys)
        .agg((-pl.col("change").clip(upper_bound=0.0)).mean().alias("forgetting"))
    )
    frame = profile.join(forgetting, on=keys, how="left")
    for other in (divergence, weights):
        frame = frame.join(other, on=keys, how="left")
    return frame.sort(keys)


def _laws(drift: pl.DataFrame) -> Rows:
    """How well each distance predicts forgetting, best first."""
    measures = [
        name
        for name in (
            "forward_kl",
            "reverse_kl",
            "js",
            "moved_share",
            "relative_norm",
            "sparsity_relative",
            "spectral_drift",
        )
        if name in drift.columns
    ]
    if drift.filter(pl.col("step") > 0).height < 3 or not measures:
        return []
    return law_fits(drift.select("model", "step", "forgetting", *measures)).to_dicts()


def _layers(weights: pl.DataFrame) -> Rows:
    """Relative norm of the update by layer."""
    if weights.is_empty():
        return []
    layers = model_summary(weights).filter((pl.col("scope") == "layer") & (pl.col("reference") == "base"))
    return layers.select("model", "step", "layer", "relative_norm").sort("model", "step", "layer").to_dicts()


def _forgotten(verdicts: pl.DataFrame, generations: pl.DataFrame, items: pl.DataFrame) -> Rows:
    """Items that the base solved and a checkpoint does not, with both answers: a model's last steps first."""
    keys = ["model", "item_id", "sample"]
    said = verdicts.join(generations.select("step", *keys, "completion"), on=["step", *keys])
    base = said.filter((pl.col("step") == 0) & (pl.col("verdict") == "correct"))
    lost = said.filter((pl.col("step") > 0) & (pl.col("verdict") != "correct")).join(
        base.select(*keys, pl.col("completion").alias("base_said")), on=keys
    )
    about = items.select("item_id", "skill", "domain", "kind", "level", "prompt", "answer")
    return (
        lost.join(about, on="item_id")
        .sort("model", "step", "level", "item_id", descending=[False, True, False, False])
        .with_columns(place=pl.int_range(pl.len()).over("model", "step"))
        .filter(pl.col("place") < _FORGOTTEN_SHOWN)
        .select(
            "model", "step", "skill", "domain", "kind", "level", "prompt", "answer", "base_said",
            pl.col("completion").alias("now_says"), "verdict",
        )
        .to_dicts()
    )  # fmt: skip
