"""The form that a right list shows, and the value of its elements."""

from fractions import Fraction

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_shape import element_of, parts_of, shape_of, unbracketed


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", Fraction(7)), ("-1/2", Fraction(-1, 2)), ("+3.5", Fraction(7, 2)), ("1 + 3", "1+3"), ("the Lake", "lake"),
     ("5'", Fraction(5)), ("Mia Ng", "miang")],
)  # fmt: skip
def test_an_element_is_a_number_or_its_letters(text: str, value: object) -> None:
    assert element_of(text) == value


def test_elements_that_people_write_alike_are_one() -> None:
    assert element_of("Ash - Bay") != element_of("Ash-Cove")
    assert element_of("Red  Kite") == element_of("red kite") == element_of("the red kite")


def test_brackets_around_all_are_taken_off() -> None:
    assert unbracketed("{[1, 2]}.") == "1, 2"
    assert unbracketed("(1) and (2") == "(1) and (2"
    assert parts_of("1, 2 and 3 -> 4; 5") == ["1", "2", "3", "4", "5"]


def test_the_shape_is_that_of_the_answer() -> None:
    question = question_of("Which are left?")
    numbers = shape_of("[3, 1/2]", AnswerType.SET, question)
    assert (numbers.answer, numbers.numeric, numbers.ordered) == ((Fraction(3), Fraction(1, 2)), True, False)
    routes = shape_of("Ash-Bay, Ash-Cove", AnswerType.SEQUENCE, question)
    assert (routes.joined, routes.ordered, routes.numeric) == (True, True, False)
    assert shape_of("none", AnswerType.SET, question).answer == ()
    assert shape_of("red kite, owl", AnswerType.SET, question).blanks


def test_several_words_may_join_elements() -> None:
    assert parts_of("Ana, and finally Bo, then comes Cy") == ["Ana", "Bo", "Cy"]
