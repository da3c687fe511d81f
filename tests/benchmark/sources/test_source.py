"""Entries become items with a split and a chance level."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Skill, Split
from skillprobe_core.benchmark.sources import SOURCES
from skillprobe_core.benchmark.sources.source import Entry, choice, items_from, rising
from skillprobe_core.benchmark.splits import split_of


def test_chance_is_the_majority_of_the_kind_and_level_or_one_in_so_many_options():
    def entry(prompt, answer, chance=0.1):
        draft = Draft(prompt, answer, f"Answer: {answer}", "plain", chance)
        return Entry("k", Skill.CALCULATION, Domain.MATH, 1, AnswerType.INTEGER, draft)

    found = items_from([entry("a", "1"), entry("b", "1"), entry("c", "2"), entry(" A ", "9")], "x")
    assert [(item.prompt, item.chance) for item in found] == [("a", 2 / 3), ("b", 2 / 3), ("c", 2 / 3)]
    assert items_from([entry("a", "1", 0.9), entry("b", "2")], "x")[0].chance == 0.9


def test_every_source_tells_its_licence_and_has_its_own_name():
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    for source in SOURCES:
        assert source.licence
        assert len(source.package.sha256) == 64


def entry(prompt: str, answer: str, answer_type: AnswerType = AnswerType.INTEGER, split: Split | None = None) -> Entry:
    draft = Draft(prompt, answer, f"Answer: {answer}", "plain", 0.0)
    return Entry("k", Skill.CALCULATION, Domain.MATH, 2, answer_type, draft, split)


def test_a_prompt_occurs_once_whatever_its_case_and_spacing() -> None:
    found = items_from([entry("How  many?", "1"), entry("how many? ", "2"), entry("How few?", "3")], "x")
    assert [item.answer for item in found] == ["1", "3"]


def test_the_split_is_the_data_sets_or_that_of_the_prompt() -> None:
    given = [entry(f"What is {n}?", str(n), split=Split.VALIDATION) for n in range(20)]
    assert {item.split for item in items_from(given, "x")} == {Split.VALIDATION}
    for item in items_from([entry(f"What is {n}?", str(n)) for n in range(60)], "x"):
        assert item.split is split_of(item.prompt)


def test_a_question_that_nobody_could_answer_is_left_out() -> None:
    """Its own answer, given in an answer line, is not read as that answer."""
    found = items_from([entry("A song?", '"?"', AnswerType.TEXT), entry("A town?", "Rome", AnswerType.TEXT)], "x")
    assert [item.answer for item in found] == ["Rome"]


@pytest.mark.parametrize("right", [0, 2])
def test_options_are_lettered_and_the_right_text_is_accepted_as_well(right: int) -> None:
    draft = choice(" Which? ", ["ice ", "fire", "snow"], right, "plain")
    assert draft.prompt == "Which?\nA) ice\nB) fire\nC) snow"
    assert draft.answer == "ABC"[right]
    assert draft.accepted == (["ice", "fire", "snow"][right],)
    assert draft.chance == pytest.approx(1 / 3)


def test_a_text_that_two_options_share_or_that_is_a_letter_is_not_an_answer() -> None:
    assert choice("Which?", ["same", "same"], 0, "plain").accepted == ()
    assert choice("Which?", ["B", "A"], 0, "plain").accepted == ()


@given(st.lists(st.integers(0, 100), min_size=4, max_size=4, unique=True).map(sorted), st.integers(-5, 110))
def test_levels_rise_with_the_size(bounds: list[int], size: int) -> None:
    one, two, three, four = bounds
    level = rising(size, (one, two, three, four))
    assert 1 <= level <= 5
    assert level == 1 or size > bounds[level - 2]
    assert level == 5 or size <= bounds[level - 1]
