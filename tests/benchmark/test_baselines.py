"""Blind guessing, measured."""

import random

import pytest

from skillprobe_core.benchmark import baselines
from skillprobe_core.benchmark.baselines import chance_of, measure, table
from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Kind, Skill
from skillprobe_core.benchmark.item_set import build_item_set
from skillprobe_core.benchmark.kind_registry import KINDS, kind_named


def kind_of(answer_type, draft):
    return Kind("made_up", 1, Skill.CALCULATION, Domain.MATH, answer_type, draft, levels=(1,))


def test_each_guesser_finds_what_it_looks_for():
    def skewed(level: int, rng: random.Random) -> Draft:
        number = rng.randrange(10**6)
        answer = "yes" if rng.random() < 0.8 else "no"
        return Draft(f"Is it {number}?", answer, f"Answer: {answer}", "t", 0.5)

    majority, at_random, copied = measure(kind_of(AnswerType.TEXT, skewed), 1)
    assert majority == pytest.approx(0.8, abs=0.06)
    assert at_random == pytest.approx(0.68, abs=0.06)
    assert copied == 0

    def in_prompt(level: int, rng: random.Random) -> Draft:
        a, b = rng.randrange(10**6), rng.randrange(10**6)
        return Draft(f"From {a} and {b} choose the larger.", str(max(a, b)), f"Answer: {max(a, b)}", "t", 0.5)

    assert measure(kind_of(AnswerType.INTEGER, in_prompt), 1).copy == 1

    def listed(level: int, rng: random.Random) -> Draft:
        numbers = [str(rng.randrange(100)) for _ in range(5)]
        return Draft(f"Reverse [{', '.join(numbers)}].", ", ".join(numbers[::-1]), "", "t", 0.0)

    assert measure(kind_of(AnswerType.SEQUENCE, listed), 1).copy == 1


@pytest.mark.parametrize("name", ["column_sum", "state_machine", "general_choice", "distinct_substrings"])
def test_the_stored_figures_are_those_measured(name):
    kind = kind_named(name)
    stored = baselines._stored()[f"{kind.name} {kind.version}"]
    assert stored["1"] == [round(share, 4) for share in measure(kind, 1)]


@pytest.mark.slow
def test_all_stored_figures_are_those_measured():
    assert table(KINDS) == baselines._stored()


def test_every_kind_and_level_has_its_figures():
    assert set(baselines._stored()) == {f"{kind.name} {kind.version}" for kind in KINDS}
    for kind in KINDS:
        assert [int(level) for level in baselines._stored()[f"{kind.name} {kind.version}"]] == list(kind.levels)


def test_an_item_set_states_the_best_guess():
    frame = build_item_set([kind_named("state_machine")], levels=(1,), per_level=20)
    assert frame["chance"].min() >= chance_of(kind_named("state_machine"), 1) > 0.25
