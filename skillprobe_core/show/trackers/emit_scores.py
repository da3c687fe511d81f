"""Export of stored tables to a tracker."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.protocols.evaluation_protocol import Record
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.study.checkpoint_measures import checkpoint_measures
from skillprobe_core.measurements.study.study_subject import read_models

from .tracker import Tracker

_RATES = (
    "well_formed_accuracy", "malformed_rate", "unparsed_rate", "truncated_rate", "looped_rate", "too_long_rate",
)  # fmt: skip


def emit_scores(store: Store, protocol: Record, tracker: Tracker, models: Sequence[str]) -> int:
    """Log every checkpoint of these models under a protocol and close the tracker; returns the number of values.

    Names: `accuracy/SKILL/DOMAIN` with `all` for subtotals, `well_formed_accuracy` and the rates of answers that were
    not read or not finished (`malformed_rate` and so on) of all items, `divergence/MEASURE` and `parameters/MEASURE` as
    in `study_measures`.
    """
    scores = read_models(store, protocol.protocol, SKILL_SCORES, models).filter(pl.col("level") == 0)
    named = scores.select(
        "model", "step", pl.format("accuracy/{}/{}", "skill", "domain").alias("name"), pl.col("accuracy").alias("value")
    )
    whole = scores.filter((pl.col("skill") == "all") & (pl.col("domain") == "all"))
    rates = whole.unpivot(list(_RATES), index=["model", "step"], variable_name="name")
    measures = checkpoint_measures(
        read_models(store, protocol.protocol, LOGIT_DIVERGENCE, models),
        read_models(store, protocol.protocol, PARAMETER_STATS, models),
        protocol.item_set,
    ).select("model", "step", pl.format("{}/{}", "kind", "measure").alias("name"), "value")
    values = pl.concat([named, rates, measures]).drop_nulls("value").sort("model", "step", "name")
    try:
        for (model, step), rows in values.group_by("model", "step", maintain_order=True):
            tracker.log(str(model), int(step), dict(rows.select("name", "value").iter_rows()))
    finally:
        tracker.close()
    return values.height
