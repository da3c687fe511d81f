"""Every registered kind passes the battery at every level, and kinds of other packages are kinds like any."""

import itertools
from dataclasses import replace

import pytest

from skillprobe_core import plugins
from skillprobe_core.benchmark import kind_registry as registry
from skillprobe_core.benchmark.battery import battery_checks as checks
from skillprobe_core.benchmark.item_schema import Domain, Kind, Skill
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
from skillprobe_core.benchmark.ladder import FAILS, LADDER, solver_accuracy, steps_of
from skillprobe_core.errors import ItemError, SettingsError

CELLS = [pytest.param(kind, level, id=f"{kind.name}-{level}") for kind in KINDS for level in (1, 2, 3, 4, 5)]
LADDERS = [kind for kind in KINDS if kind.levels[-1] >= LADDER]
SAMPLES = [5, pytest.param(400, marks=pytest.mark.slow)]


def test_every_cell_has_three_kinds_and_names_are_unique():
    cells = [(kind.skill, kind.domain) for kind in KINDS]
    assert all(cells.count(cell) >= 3 for cell in itertools.product(Skill, Domain))
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(kind.levels == tuple(range(1, kind.levels[-1] + 1)) and len(kind.levels) >= 5 for kind in KINDS)


@pytest.mark.parametrize("count", SAMPLES)
@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_item_is_well_formed_and_its_reference_is_strictly_correct(kind: Kind, level: int, count: int):
    assert not list(checks.well_formed(kind, level, count))


@pytest.mark.parametrize("count", [8, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_the_question_comes_first_and_nothing_is_drawn_after_it(kind: Kind, level: int, count: int):
    assert not list(checks.question_comes_first(kind, level, count))


@pytest.mark.parametrize("count", [2, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("kind", "level"), CELLS)
def test_right_answer_is_correct_in_every_style_and_a_corrupted_one_in_none(kind: Kind, level: int, count: int):
    assert not list(checks.right_is_right(kind, level, count))
    assert not list(checks.wrong_is_wrong(kind, level, count))


@pytest.mark.parametrize("count", [12, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_splits_share_no_prompt(kind: Kind, count: int):
    for level in kind.levels[:5]:
        assert not list(checks.splits_are_disjoint(kind, level, count))


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_seeds_share_no_more_than_chance(kind: Kind, count: int):
    for level in kind.levels[:5]:
        assert not list(checks.seeds_differ(kind, level, count))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_no_blind_guess_does_well_and_levels_climb(kind: Kind):
    for level in kind.levels:
        assert not list(checks.answer_is_no_give_away(kind, level, 1))
    assert not list(checks.levels_climb(replace(kind, levels=kind.levels[:5]), 20))


@pytest.mark.parametrize("count", [1, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", LADDERS, ids=lambda kind: kind.name)
def test_the_ladder_passes_the_battery(kind: Kind, count: int):
    levels = kind.levels[5:] if count > 1 else kind.levels[-1:]
    for level in levels:
        for check in (checks.well_formed, checks.question_comes_first, checks.wrong_is_wrong):
            assert not list(check(kind, level, count))
        if count > 1:
            assert not list(checks.right_is_right(kind, level, count))
            assert not list(checks.splits_are_disjoint(kind, level, count))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_states_what_grows_and_the_ladder_doubles(kind: Kind):
    assert kind.grows[:1].islower()
    assert not kind.grows.endswith(".")
    assert not list(checks.steps_double(kind, 4))


@pytest.mark.parametrize("kind", LADDERS, ids=lambda kind: kind.name)
def test_a_solver_who_errs_once_in_a_thousand_steps_fails_at_the_top(kind: Kind):
    top = solver_accuracy(steps_of(kind, kind.levels[-1], 6))
    assert top < FAILS or "ends at" in kind.grows, f"{top:.2f} at level {kind.levels[-1]}: {kind.grows}"


@pytest.mark.parametrize(("former", "kind"), registry.REPLACED.items())
def test_a_kind_that_was_replaced_is_an_error_that_names_its_successor(former, kind):
    assert former not in {kind.name for kind in KINDS}
    assert registry.kind_named(kind).name == kind
    with pytest.raises(ItemError, match=f"{former}.*{kind}"):
        registry.kind_named(former)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """`install(source)`: a package on the path whose entry point `mine` names `offered` in a module of that source."""

    def installed(source):
        name = f"package_{tmp_path.name}".replace("-", "_")
        (tmp_path / f"{name}.py").write_text(source)
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[skillprobe.kinds]\nmine = {name}:offered\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        plugins._installed.cache_clear()

    yield installed
    plugins._installed.cache_clear()


ANOTHER = """
from dataclasses import replace
from skillprobe_core.benchmark.kinds.calculation.column_sum import KIND
offered = (replace(KIND, name="mine"),)
"""


def test_kinds_of_installed_packages_are_kinds_like_any(install):
    install(ANOTHER)
    assert registry.kind_named("mine").draft is KIND.draft
    assert [kind.name for kind in registry.all_kinds()] == [*(kind.name for kind in registry.KINDS), "mine"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ANOTHER.replace('"mine"', '"teams"'), "the name 'teams' of its item kind is already used by skillprobe"),
        ("offered = 'text'", "adds nothing"),
        ("offered = ()", "adds nothing"),
        ("import no_such_module", "cannot be loaded"),
        ("", "cannot be loaded"),
    ],
)
def test_an_entry_point_without_a_kind_is_named(install, source, words):
    install(source)
    with pytest.raises(SettingsError, match=f"plugin 'mine = .*{words}"):
        registry.all_kinds()
