"""What every registered kind must hold at every level: the battery that `skillprobe items check` runs."""

import itertools

import pytest

from skillprobe_core.benchmark.battery import battery_checks as checks
from skillprobe_core.benchmark.battery.surfaces import COMMON_FORMS, FORMS
from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Kind, Skill
from skillprobe_core.benchmark.kind_registry import KINDS

CELLS = [pytest.param(kind, level, id=f"{kind.name}-{level}") for kind in KINDS for level in kind.levels]
SAMPLES = [5, pytest.param(400, marks=pytest.mark.slow)]


def test_every_cell_has_three_kinds_and_names_are_unique():
    cells = [(kind.skill, kind.domain) for kind in KINDS]
    assert all(cells.count(cell) >= 3 for cell in itertools.product(Skill, Domain))
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(kind.levels == (1, 2, 3, 4, 5) for kind in KINDS)


def test_every_answer_type_has_ten_surface_forms():
    for answer_type in AnswerType:
        assert len(set(COMMON_FORMS + FORMS[answer_type])) >= 10


@pytest.mark.parametrize("count", SAMPLES)
@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_item_is_well_formed_and_its_reference_is_strictly_correct(kind: Kind, level: int, count: int):
    assert not list(checks.well_formed(kind, level, count))


@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_the_question_comes_first_and_nothing_is_drawn_after_it(kind: Kind, level: int):
    assert not list(checks.question_comes_first(kind, level, 40))


@pytest.mark.parametrize("count", SAMPLES)
@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_right_answer_is_correct_in_ten_forms_and_a_corrupted_one_is_wrong(kind: Kind, level: int, count: int):
    assert not list(checks.right_is_right(kind, level, count))
    assert not list(checks.wrong_is_wrong(kind, level, count))


@pytest.mark.parametrize("count", [12, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_splits_share_no_prompt(kind: Kind, count: int):
    for level in kind.levels:
        assert not list(checks.splits_are_disjoint(kind, level, count))


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_seeds_share_no_more_than_chance(kind: Kind, count: int):
    for level in kind.levels:
        assert not list(checks.seeds_differ(kind, level, count))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_blind_guess_does_well_and_levels_climb(kind: Kind):
    for level in kind.levels:
        assert not list(checks.answer_is_no_give_away(kind, level, 1))
    assert not list(checks.levels_climb(kind, 20))
