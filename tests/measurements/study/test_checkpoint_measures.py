"""One number per checkpoint and measure: divergences per token of reference text, weights of the model."""

import polars as pl
import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.divergence.logit_divergence_table import LOGIT_DIVERGENCE
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.parameters.parameter_summary import model_summary
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.study.checkpoint_measures import checkpoint_measures, measure_labels
from skillprobe_core.measurements.study.study_subject import read_models

MODELS = ["planted-rl", "planted-sft"]


@pytest.fixture
def tables(study: Store) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    protocol = current_protocol(study)
    divergence, weights = (
        read_models(study, protocol.protocol, table, MODELS) for table in (LOGIT_DIVERGENCE, PARAMETER_STATS)
    )
    return divergence, weights, protocol.item_set


def test_a_longer_answer_counts_for_more(tables: tuple[pl.DataFrame, pl.DataFrame, str]) -> None:
    divergence, weights, item_set = tables
    first = pl.int_range(pl.len()).over("model", "step") == 0
    uneven = divergence.with_columns(
        tokens=pl.when(first).then(1000).otherwise(1).cast(pl.Int32),
        forward_kl=pl.when(first).then(pl.col("forward_kl") + 1.0).otherwise("forward_kl"),
    )
    found = checkpoint_measures(uneven, weights, item_set).filter(measure="forward_kl")
    for row in found.rows(named=True):
        mine = uneven.filter(model=row["model"], step=row["step"])
        expected = (mine["forward_kl"] * mine["tokens"]).sum() / mine["tokens"].sum()
        assert row["value"] == pytest.approx(expected)
        assert row["value"] > 0.5


def test_weights_are_those_of_the_whole_model(tables: tuple[pl.DataFrame, pl.DataFrame, str]) -> None:
    divergence, weights, item_set = tables
    found = checkpoint_measures(divergence, weights, item_set)
    whole = model_summary(weights).filter(scope="model")
    for row in found.filter(measure="relative_norm").rows(named=True):
        (value,) = whole.filter(model=row["model"], step=row["step"])["relative_norm"]
        assert row["value"] == pytest.approx(value)
    assert found.filter(measure="relative_norm").height == 8


def test_a_measure_without_a_value_has_no_row_and_each_measure_a_label(
    tables: tuple[pl.DataFrame, pl.DataFrame, str],
) -> None:
    divergence, weights, item_set = tables
    found = checkpoint_measures(divergence, weights, item_set)
    assert found["value"].is_finite().all()
    assert set(found["measure"]) <= set(measure_labels())
    assert set(found["kind"]) == {"divergence", "parameters"}
    without = checkpoint_measures(divergence.clear(), weights, item_set)
    assert set(without["kind"]) == {"parameters"}
    assert checkpoint_measures(divergence, weights.clear(), "other set").is_empty()
