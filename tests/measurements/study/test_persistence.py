"""Collapses that are still there at the next checkpoint."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.measurements.study.persistence import persistent_collapses, with_persistence
from skillprobe_core.measurements.study.study_tests import study_tests


def test_collapse_is_found_and_held_persistent_where_planted(run, items) -> None:
    table = study_tests(*run, items, base_model="base")
    assert table.height == 2 * 5 * (9 + 8)
    cells = table.filter(scope="cell", collapse=True)
    assert cells.select("model", "step", "skill", "domain").rows() == [
        ("falling", step, "enumeration", "math") for step in (300, 400)
    ]
    assert cells["persistent"].to_list() == [False, True]
    found = persistent_collapses(table).filter(scope="cell").row(0, named=True)
    assert (found["first_step"], found["confirmed_step"], found["last_step"]) == (300, 400, 400)
    assert found["recovered"]


def test_a_first_collapse_can_not_be_confirmed_yet(run, items) -> None:
    verdicts, base = run
    late = study_tests(verdicts.filter(pl.col("step") >= 400), base, items, base_model="base")
    assert late.filter(scope="cell", collapse=True)["persistent"].to_list() == [None]
    assert persistent_collapses(late).is_empty()


def collapses(*flags: bool, model: str = "m") -> pl.DataFrame:
    return pl.DataFrame({"collapse": flags}).with_columns(
        model=pl.lit(model), item_set=pl.lit("s"), scope=pl.lit("cell"), skill=pl.lit("a"), domain=pl.lit("b"),
        kind=pl.lit("all"), step=pl.int_range(1, pl.len() + 1) * 100,
    )  # fmt: skip


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_a_collapse_persists_from_the_second_of_two_steps(flags: list[bool]) -> None:
    marked = with_persistence(collapses(*flags)).sort("step")["persistent"].to_list()
    for place, collapsed in enumerate(flags):
        expected = False if not collapsed else None if place == 0 else flags[place - 1]
        assert marked[place] is expected


@pytest.mark.parametrize(
    ("flags", "steps", "recovered"),
    [
        ((False, True, True, False), (200, 300, 300), True),
        ((True, True, True), (100, 200, 300), False),
        ((True, False, True, True, False, True), (300, 400, 600), False),
    ],
)
def test_each_persistent_collapse_has_its_first_and_last_steps(
    flags: tuple[bool, ...], steps: tuple[int, int, int], recovered: bool
) -> None:
    both = pl.concat([collapses(*flags), collapses(*[False] * len(flags), model="quiet")])
    (row,) = persistent_collapses(both).rows(named=True)
    assert (row["first_step"], row["confirmed_step"], row["last_step"]) == steps
    assert row["recovered"] is recovered
    assert row["model"] == "m"
