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
