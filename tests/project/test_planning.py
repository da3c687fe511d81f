"""The plan of an evaluation: its sizes, its assumptions, and the items that a drop needs."""

from pathlib import Path

import polars as pl
import pytest

from skillprobe_core.benchmark.item_settings import ItemSettings
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SettingsError
from skillprobe_core.measurements.protocols.evaluation_protocol import current_protocol
from skillprobe_core.project.planning import (
    AIMS,
    Flips,
    aims_in_words,
    assumptions,
    for_drop,
    found_drop,
    measured_flips,
    most_flips,
    nominal_sizes,
    planned_items,
    record_of,
    sizes_of,
    worst_flips,
)
from skillprobe_core.project.project import Project
from skillprobe_core.project.settings import Settings

FOUR = ("column_sum", "linear_equation", "row_swaps", "grid_walk")
SETTINGS = Settings(items=ItemSettings(levels=(1, 2), per_level=5, kinds=FOUR))


def test_sizes_are_those_of_the_items_that_will_be_drawn(tmp_path: Path) -> None:
    items = planned_items(SETTINGS, Store(tmp_path))
    cells, skills = sizes_of(items)
    assert (cells.scope, cells.items) == ("cell", (20, 20))
    assert (skills.items, skills.name) == ((20, 20), "calculation")
    assert nominal_sizes(SETTINGS) == (cells, skills)
    # Cells and skills are the same groups here; kinds of 10 items, the whole of 40 and the other skill remain.
    assert sorted(cells.gated.others) == sorted(skills.gated.others) == [10, 10, 10, 10, 20, 40]
    assert not [*tmp_path.iterdir()], "a plan writes nothing"
    assert Project(SETTINGS, Store(tmp_path)).items.equals(items)
    assert record_of(SETTINGS, Store(tmp_path)) is not None
    assert planned_items(SETTINGS, Store(tmp_path)).equals(items)


def test_levels_that_a_pilot_will_choose_count_as_three(tmp_path: Path) -> None:
    auto = SETTINGS.model_copy(update={"items": SETTINGS.items.model_copy(update={"levels": "auto"})})
    assert sizes_of(planned_items(auto, Store(tmp_path))) == nominal_sizes(auto)
    assert nominal_sizes(auto)[0].items == (30, 30)


def test_the_default_design_is_stated_plainly() -> None:
    cells, skills = nominal_sizes(Settings())
    assert (cells.items, skills.items) == ((108,) * 20, (432,) * 5)
    text = aims_in_words((cells, skills))
    assert "0.10 in a skill only if at most" in text
    assert "0.15 in a cell only if at most" in text
    for sizes in (cells, skills):
        share = most_flips(sizes, AIMS[sizes.scope])
        found = [sizes.family(each).found() for each in (share, share + 0.01)]
        assert found[0] is not None
        assert found[1] is not None
        assert found[0] <= AIMS[sizes.scope] + 0.0005 < found[1], "drops are found to 0.0005"


def test_a_small_design_is_said_to_have_too_few_items() -> None:
    small = nominal_sizes(Settings.model_validate({"items": {"levels": [1], "per_level": 1}}))
    assert aims_in_words(small) == (
        "This design has too few items to find a drop of 0.10 in a skill and one of 0.15 in a cell."
    )


def test_flips_are_measured_on_stored_checkpoints_else_the_most_possible(study: Store, tmp_path: Path) -> None:
    record = current_protocol(study)
    measured, worst = measured_flips(study, record), worst_flips(study, record)
    assert measured is not None
    assert "6 stored checkpoints" in measured.because
    tests = pl.concat(
        pl.read_parquet(path).filter(scope="overall") for path in study.root.glob("profile_tests/*/*/*.parquet")
    ).filter(pl.col("step") > 0)
    smaller = tests.select(pl.min_horizontal("gained", "forgotten") / pl.col("items")).to_series()
    assert measured.share == pytest.approx(smaller.median())
    assert 0 < worst.share <= 0.25
    assert assumptions(study, record, None)[0] == measured
    unknown = assumptions(Store(tmp_path), None, None)
    assert unknown[0].share == 0.25
    assert "most of all" in unknown[0].because
    assert assumptions(study, record, 0.07) == (Flips(0.07, "given"),)
    for wrong in (0, 0.5, -1):
        with pytest.raises(SettingsError, match="--flips"):
            assumptions(study, record, wrong)


def test_a_watched_run_shows_larger_drops_at_its_last_look_alone() -> None:
    cells, skills = nominal_sizes(Settings())
    found = found_drop(cells, Flips(0.05, ""), 20)
    assert found.one_look is not None
    assert found.last_look is not None
    assert found.collapse is not None
    assert found.one_look < found.last_look
    assert found.one_look < found.collapse
    assert found_drop(skills, Flips(0.05, ""), 20).last_look is None


@pytest.mark.parametrize("start", [2, 40])
def test_the_items_for_a_drop_do_not_depend_on_the_start(tmp_path: Path, start: int) -> None:
    flips = Flips(0.05, "")
    settings = SETTINGS.model_copy(update={"items": SETTINGS.items.model_copy(update={"per_level": start})})
    chosen = for_drop(settings, Store(tmp_path), "cell", 0.25, flips)
    cells, _ = sizes_of(planned_items(chosen, Store(tmp_path)))
    found = found_drop(cells, flips, 1).one_look
    assert found is not None
    assert found <= 0.25
    assert chosen.items.per_level == 14


def test_a_drop_that_no_number_of_items_finds_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(SettingsError, match="no number of items"):
        for_drop(SETTINGS, store, "cell", 0.95, Flips(0.05, ""))
    facts = Settings(items=ItemSettings(levels=(1,), per_level=5, kinds=("math_recall", "column_sum")))
    with pytest.raises(SettingsError, match=r"fact_retrieval/math, which has \d+ at these levels"):
        for_drop(facts, store, "cell", 0.1, Flips(0.1, ""))
