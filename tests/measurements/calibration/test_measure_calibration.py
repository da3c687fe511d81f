"""Calibration of real checkpoints, end to end: sampled answers, likelihoods of options and unanswerable twins."""

from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.measurements.calibration.calibration_settings import CalibrationSettings
from skillprobe_core.measurements.calibration.calibration_table import CALIBRATION
from skillprobe_core.measurements.calibration.measure_calibration import measure_calibration
from skillprobe_core.measurements.calibration.option_likelihoods_table import OPTION_LIKELIHOODS
from skillprobe_core.measurements.calibration.twin_answers_table import TWIN_ANSWERS
from skillprobe_core.measurements.skill_scores.skill_scores_table import SKILL_SCORES
from skillprobe_core.measurements.table_registry import table_named
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.model_settings import ComputeSettings
from skillprobe_core.project.project import Project
from skillprobe_core.project.run_tables import run_table, tables_for
from skillprobe_core.project.settings import Settings
from skillprobe_core.runs.run_settings import RunSettings

NEEDED = ("generations", "verdicts", "skill_scores", "option_likelihoods", "twin_answers", "calibration")


def settings_for(base: Path, run: Path, **sections: object) -> Settings:
    return Settings(
        items=ItemSettings(levels=(1,), per_level=3, kinds=("shopping_total", "general_choice")),
        compute=ComputeSettings(backend="transformers", device="cpu"),
        settle_seconds=0,
        runs=(RunSettings(folder=run, base=base, model="m"),),
        **sections,
    )


@pytest.fixture(scope="module")
def measured(tiny_base: Path, tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    settings = settings_for(
        tiny_base,
        tiny_run,
        sampling=SamplingSettings(samples=2, temperature=1.0, max_new_tokens=4),
        calibration=CalibrationSettings(likelihood=True, twins=2),
    )
    project = Project(settings, Store(tmp_path_factory.mktemp("store")))
    for name in NEEDED:
        run_table(table_named(name), project.probe("m/10"))
    return project


def test_a_probe_computes_them_only_on_request(measured: Project, tiny_base: Path, tiny_run: Path) -> None:
    """By default a greedy answer per item has no confidence, and no model is run for one."""
    names = {"option_likelihoods", "twin_answers", "calibration"}
    assert names <= {table.name for table in tables_for(measured.probe("m/10"))}
    plain = Project(settings_for(tiny_base, tiny_run), measured.store)
    assert not names & {table.name for table in tables_for(plain.probe("m/10"))}
    assert measure_calibration(plain.probe("m/10")).is_empty()


def test_the_rows_of_each_source_cover_cells_and_subtotals(measured: Project) -> None:
    rows = measured.probe("m/10").stored(CALIBRATION)
    assert {"likelihood", "twins"} <= set(rows["source"])
    twins = rows.filter(source="twins")
    assert twins["scope"].to_list() == ["cell", "skill", "domain", "overall"]
    assert set(twins["twins"]) == {2}
    shares = twins.select(pl.col("recognised_rate", "answered_rate", "abstained_rate")).to_numpy()
    assert ((shares >= 0) & (shares <= 1)).all()
    likelihood = rows.filter(source="likelihood", scope="overall").row(0, named=True)
    assert 0.25 <= likelihood["confidence"] <= 1
    assert likelihood["items"] == 3


def test_a_base_has_not_changed_from_itself(measured: Project) -> None:
    rows = measured.probe("m/0").stored(CALIBRATION)
    assert set(rows["change"].drop_nulls()) == {0.0}
    assert set(rows["p"].drop_nulls()) == {1.0}


def test_twins_count_in_no_score(measured: Project) -> None:
    probe = measured.probe("m/10")
    scores = probe.stored(SKILL_SCORES).filter(skill="all", domain="all", level=0).row(0, named=True)
    assert scores["items"] == probe.items.height == 6
    twins = probe.stored(TWIN_ANSWERS)
    assert twins.height == 2 * 2
    assert set(twins["item_id"]) <= set(probe.items["item_id"])
    assert not set(twins["prompt"]) & set(probe.items["prompt"])


def test_the_shares_of_an_items_options_add_up(measured: Project) -> None:
    options = measured.probe("m/10").stored(OPTION_LIKELIHOODS)
    by_item = options.group_by("item_id").agg(pl.col("probability").sum(), pl.col("right").sum(), pl.len())
    assert by_item["probability"].to_numpy() == pytest.approx(1)
    assert set(by_item["right"]) == {1}
    assert set(by_item["len"]) == {4}
