"""The elements of a region, whatever stands around them."""

from fractions import Fraction

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_elements import elements_of
from skillprobe_core.benchmark.judging.readers.list_shape import shape_of

QUESTION = question_of("Which numbers are left in the row?")
NUMBERS = shape_of("3, 1, 2", AnswerType.SEQUENCE, QUESTION)


@pytest.mark.parametrize(
    "text",
    ["3, 1, 2", "[3, 1, 2]", "The row is 3, 1, 2.", "3, 1 and 2", "3 -> 1 -> 2", "3; 1; 2", "3 1 2",
     "3, 1, 2, in that order", "the numbers are (3, 1, 2)"],
)  # fmt: skip
def test_frames_brackets_and_remarks_are_left_out(text: str) -> None:
    assert elements_of(text, NUMBERS) == [Fraction(3), Fraction(1), Fraction(2)]


@pytest.mark.parametrize("text", ["3, 1, ...", "3, 1, etc."])
def test_an_open_list_is_never_a_list_of_numbers(text: str) -> None:
    found = elements_of(text, NUMBERS)
    assert found is None or not any(isinstance(each, Fraction) for each in found)


def test_other_elements_are_kept() -> None:
    assert elements_of("3, 1, 9", NUMBERS) == [Fraction(3), Fraction(1), Fraction(9)]


def test_ordinals_put_elements_in_order() -> None:
    people = shape_of("Hal, Eva", AnswerType.SEQUENCE, question_of("Who stands first, who second?"))
    assert elements_of("Eva second, Hal first", people) == ["hal", "eva"]
    assert elements_of("nobody, nobody", shape_of("none", AnswerType.SET, QUESTION)) != []


@pytest.mark.parametrize(
    "text",
    ["2, 3, 1 -> 3, 2, 1 -> 3, 1, 2", "2 3 1 -> 3 1 2", "We have 2, 3, 1, and after the second move the row is 3, 1, 2",
     "At the end, a is 3, b is 1 and c is 2", "a -> 3, b -> 1, c -> 2"],
)  # fmt: skip
def test_the_last_state_of_a_sentence_is_its_list(text: str) -> None:
    assert elements_of(text, NUMBERS) == [Fraction(3), Fraction(1), Fraction(2)]


@pytest.mark.parametrize(
    "text",
    ["3, 1, 2 -> 2, 3, 1", "We have 3, 1, 2, and after the second move 2, 3, 1", "I exclude 3, 1 and 2",
     "I removed 3, 1 and 2",
     "Before the last move the row was 3, 1, 2",
     "The row can't be 3, 1, 2", "3, 1, 2, ..."],
)  # fmt: skip
def test_an_earlier_state_and_what_is_left_out_are_not(text: str) -> None:
    assert elements_of(text, NUMBERS) != [Fraction(3), Fraction(1), Fraction(2)]


def test_a_move_ends_where_it_leads() -> None:
    place = shape_of("4, 6", AnswerType.SEQUENCE, QUESTION)
    assert elements_of("It goes from (1, 6) to (4, 6)", place) == [Fraction(4), Fraction(6)]
    assert elements_of("It goes from (4, 6) to (1, 6)", place) == [Fraction(1), Fraction(6)]


def test_the_parts_of_the_only_group_may_be_listed() -> None:
    trio = shape_of("Ana-Bo-Cy", AnswerType.SET, question_of("Which groups of three are possible?"))
    assert elements_of("The only one is Ana, Bo and Cy", trio) == list(trio.answer)
    assert elements_of("The only one is Ana, Bo and Di", trio) != list(trio.answer)
