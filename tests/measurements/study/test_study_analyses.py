"""Analyses of all checkpoints find what was planted."""

import polars as pl
import pytest

from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study import study_analyses as analyses
from skillprobe_core.measurements.study.study_subject import StudyResult, find_study, read_models
from skillprobe_core.measurements.study.target_cells import target_cells
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

TARGETS = ("calculation",)
MODELS = ["planted-rl", "planted-sft"]


def judged(store: Store) -> tuple[str, pl.DataFrame]:
    """The protocol of the planted results, and its items."""
    protocol = current_protocol(store).protocol
    return protocol, judged_items(store, protocol)


@pytest.fixture(scope="module")
def found(study: Store) -> StudyResult:
    protocol, items = judged(study)
    return find_study(study, protocol, [], items, TARGETS)


def test_the_planted_collapse_is_found_dated_and_lasting(found: StudyResult) -> None:
    cell = {"model": "planted-sft", "skill": "simulation", "domain": "science"}
    tests = found.frames["study_tests"].filter(scope="cell", collapse=True)
    assert set(tests.select("model", "skill", "domain").rows()) == {tuple(cell.values())}
    assert tests.filter(step=300)["persistent"].to_list() == [True]
    onset = found.frames["change_onsets"].filter(**cell).row(0, named=True)
    assert onset["p_lower"] <= 0.05
    assert onset["onset_low"] <= onset["onset_step"] <= onset["onset_high"]
    assert onset["shift"] < -0.2
    points = found.frames["study_points"]
    assert points.filter(pl.col("persistent") > 0).select("model", "step").rows() == [("planted-sft", 300)]


def test_gain_costs_one_method_and_not_the_other(found: StudyResult) -> None:
    points = found.frames["study_points"]
    last = {row["model"]: row for row in points.filter(step=300).to_dicts()}
    assert last["planted-rl"]["gain"] == pytest.approx(last["planted-sft"]["gain"], abs=0.1)
    assert last["planted-rl"]["forgetting"] == 0 < last["planted-sft"]["forgetting"]
    assert last["planted-rl"]["on_front"]
    assert not last["planted-sft"]["on_front"]
    matched = found.frames["matched_gain"].filter(step=300).row(0, named=True)
    assert (matched["model"], matched["other_model"]) == ("planted-rl", "planted-sft")
    assert matched["matched"]
    assert matched["difference"] > 0
    assert matched["p_adjusted"] <= 0.05


def test_laws_rank_what_was_made_to_go_with_forgetting_first(found: StudyResult) -> None:
    laws = found.frames["law_fits"]
    assert laws["measure"][0] == "forward_kl"
    assert laws["r2"][0] > 0.8
    assert laws.filter(measure="relative_norm")["r2"][0] < laws["r2"][0]


def test_without_targets_there_is_no_price_but_all_else(study: Store) -> None:
    protocol, items = judged(study)
    frames = find_study(study, protocol, [], items, []).frames
    assert frames["study_points"]["gain"].null_count() == frames["study_points"].height > 0
    assert frames["matched_gain"].is_empty()
    assert frames["transfer"].is_empty()
    assert frames["change_onsets"].height
    assert frames["law_fits"].height


def test_a_model_without_a_judged_base_is_left_out(study: Store) -> None:
    protocol, items = judged(study)
    verdicts, checkpoints = (read_models(study, protocol, table, MODELS) for table in (VERDICTS, CHECKPOINTS))
    without = verdicts.filter(~((pl.col("model") == "planted-rl") & (pl.col("step") == 0)))
    tests = analyses.tests_of_all(without, checkpoints, items, 0.05)
    assert tests["model"].unique().to_list() == ["planted-sft"]
    assert analyses.onsets_of_all(without, checkpoints, items)["model"].unique().to_list() == ["planted-sft"]
    assert analyses.tests_of_all(verdicts.clear(), checkpoints, items, 0.05).is_empty()


def test_a_base_has_forgotten_nothing_and_moved_by_its_own_measures(study: Store) -> None:
    points = pl.DataFrame({"model": ["m", "m"], "step": [10, 20], "forgetting": [0.1, 0.2]})
    measures = pl.DataFrame({"model": ["m"] * 3, "step": [0, 10, 20], "measure": ["kl"] * 3, "value": [0.0, 0.5, 0.9]})
    assert analyses.law_points(points, measures).rows() == [
        ("m", 0, 0.0, 0.0),
        ("m", 10, 0.1, 0.5),
        ("m", 20, 0.2, 0.9),
    ]


def test_methods_are_compared_with_other_methods_first(study: Store) -> None:
    protocol, items = judged(study)
    verdicts, checkpoints = (read_models(study, protocol, table, MODELS) for table in (VERDICTS, CHECKPOINTS))
    cells = target_cells(["calculation"], items)
    across = analyses.matched_of_all(verdicts, checkpoints, items, cells)
    alike = analyses.matched_of_all(verdicts, checkpoints.with_columns(method=pl.lit("sft")), items, cells)
    assert across.select("model", "other_model").unique().rows() == [("planted-rl", "planted-sft")]
    assert across.equals(alike), "with one method alone all pairs are compared"
    assert analyses.matched_of_all(verdicts, checkpoints, items, []).is_empty()
