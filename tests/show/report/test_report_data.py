"""The report's data: rows of the stored tables, ready for JSON."""

import json
import math

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Store
from skillprobe_core.measurements.parameters.parameter_stats_table import PARAMETER_STATS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study.study_subject import find_study
from skillprobe_core.show.report.report_data import _weights, report_data

MODELS = ["planted-rl", "planted-sft"]


@pytest.fixture(scope="module")
def data(study: Store) -> dict[str, object]:
    protocol = current_protocol(study)
    items = judged_items(study, protocol.protocol)
    found = find_study(study, protocol.protocol, [], items, ("calculation",))
    return report_data(study, protocol, found, items)


def rows(data: dict[str, object], name: str) -> list[dict[str, object]]:
    found = data[name]
    assert isinstance(found, list)
    return found


def test_everything_can_be_written_as_json(data: dict[str, object]) -> None:
    text = json.dumps(data, default=str)
    assert json.loads(text)["models"] == MODELS
    assert "planted" in str(data["protocol"])


def test_each_figure_has_a_row_per_checkpoint(data: dict[str, object]) -> None:
    checkpoints = [(model, step) for model in MODELS for step in (0, 100, 200, 300)]
    for name in ("drift", "checkpoints"):
        assert [(row["model"], row["step"]) for row in rows(data, name)] == checkpoints
    assert len(rows(data, "cells")) == 20 * 6
    assert len(rows(data, "skills")) == 8 * 6
    assert {row["layer"] for row in rows(data, "layers")} == {0, 1}
    assert [row["model"] for row in rows(data, "results")] == MODELS


def test_a_base_has_neither_gained_nor_drifted(data: dict[str, object]) -> None:
    for row in rows(data, "drift"):
        if row["step"] == 0:
            assert (row["gain"], row["drop"], row["drift"]) == (0.0, 0.0, 0.0)
        else:
            assert math.isfinite(float(str(row["gain"])))


def test_only_sure_onsets_are_shown(data: dict[str, object]) -> None:
    onsets = rows(data, "onsets")
    assert all(float(str(row["p"])) <= 0.05 for row in onsets)
    (planted,) = [row for row in onsets if (row["skill"], row["domain"]) == ("simulation", "science")]
    assert planted["model"] == "planted-sft"
    assert not planted["in_the_skill"], "one kind of a cell says nothing about others"
    assert int(str(planted["onset_low"])) <= int(str(planted["onset_step"])) <= int(str(planted["onset_high"]))
    for row in onsets:
        assert row["in_the_skill"] == (float(str(row["kind_p"])) <= 0.05)
    assert data["margin"] == 0.05


def test_stages_that_were_not_run_have_no_rows(data: dict[str, object]) -> None:
    assert rows(data, "noise") == []
    assert rows(data, "training") == []


def test_a_sample_of_spectra_is_stated_for_each_model_that_has_one(study: Store, data: dict[str, object]) -> None:
    frames = [study.read(PARAMETER_STATS, Partition.checkpoint("planted-rl", step)) for step in (100, 200)]
    known = pl.col("tensor") == frames[0].filter(pl.col("shape").list.len() > 1)["tensor"][0]
    matrices = pl.col("shape").list.len() > 1
    number = frames[0].filter(matrices, pl.col("status") == "compared", pl.col("compared_with") == "base").height
    all_known = [frame.with_columns(spectral_norm=pl.lit(1.0)) for frame in frames]
    some = all_known[1].with_columns(spectral_norm=pl.when(known).then(pl.col("spectral_norm")))
    assert _weights(all_known)["spectra"] == ""
    for weights in ([all_known[0], some], [pl.concat([some, all_known[0]])]):
        assert _weights(weights)["spectra"] == f"Spectral measures of planted-rl are of 1 of {number} matrices."
    assert isinstance(data["spectra"], str)
