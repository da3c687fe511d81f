"""The study finds what was planted, is kept, and is made again only when something changed."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.engine.store import Partition, Provenance, Store
from skillprobe_core.errors import SettingsError, StoreError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.measurements.protocols.judged_items import judged_items
from skillprobe_core.measurements.study.study_subject import StudyResult, find_study, write_study
from skillprobe_core.measurements.table_registry import study_tables
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

TARGETS = ("calculation",)


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


def test_it_is_kept_and_made_again_when_verdicts_change(study: Store, tmp_path: Path) -> None:
    store = Store(Path(shutil.copytree(study.root, tmp_path / "copy")))
    protocol, items = judged(store)
    assert not write_study(store, protocol, [], items, TARGETS).reused
    again = write_study(store, protocol, [], items, TARGETS)
    assert again.reused
    part = Partition.of_protocol(protocol)
    for table in study_tables():
        assert again.frames[table.name].equals(store.read(table, part))
        assert again.frames[table.name].height
    assert not find_study(store, protocol, ["planted-rl"], items, TARGETS).reused
    assert not find_study(store, protocol, [], items, ["math"]).reused
    one = Partition.checkpoint("planted-rl", 100, protocol)
    store.write(VERDICTS, one, store.read(VERDICTS, one), Provenance("rejudged", "2"))
    assert not find_study(store, protocol, [], items, TARGETS).reused


def test_without_targets_there_is_no_price_but_all_else(study: Store) -> None:
    protocol, items = judged(study)
    frames = find_study(study, protocol, [], items, []).frames
    assert frames["study_points"]["gain"].null_count() == frames["study_points"].height > 0
    assert frames["matched_gain"].is_empty()
    assert frames["transfer"].is_empty()
    assert frames["change_onsets"].height
    assert frames["law_fits"].height


def test_what_nobody_knows_is_refused(study: Store, tmp_path: Path) -> None:
    protocol, items = judged(study)
    with pytest.raises(StoreError, match="no model named 'nun'"):
        find_study(study, protocol, ["nun"], items, TARGETS)
    with pytest.raises(SettingsError, match="'maths' matches no cell"):
        find_study(study, protocol, [], items, ["maths"])
    with pytest.raises(StoreError, match="no results yet"):
        current_protocol(Store(tmp_path))
    with pytest.raises(StoreError, match="nothing was evaluated under protocol"):
        judged_items(study, "0" * 16)
