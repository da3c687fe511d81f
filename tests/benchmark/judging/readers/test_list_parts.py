"""One part of a list: a number, a name with its label, or characters that run together."""

from fractions import Fraction

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_parts import (
    has_element,
    name_in,
    number_in,
    parts_without_separators,
)
from skillprobe_core.benchmark.judging.readers.list_shape import Shape, shape_of

QUESTION = question_of("A strand of DNA is ATTA. What is the strand after the edit? Who stands in the line?")


def shape(answer: str) -> Shape:
    return shape_of(answer, AnswerType.SEQUENCE, QUESTION)


@pytest.mark.parametrize(
    ("part", "value"),
    [("12", 12), ("A = 12", 12), ("twelve", 12), ("-3", -3), ("not 12", None), ("12 or 13", None), ("12 * x", None)],
)
def test_a_part_has_one_number(part: str, value: int | None) -> None:
    found = number_in(part, shape("1, 2"))
    assert (None if found is None else found[0]) == (None if value is None else [Fraction(value)])


def test_a_label_stands_before_or_behind_its_name() -> None:
    for part in ("front: Hal", "Hal first", "Hal"):
        found = name_in(part, shape("Hal, Eva"), first=False, last=True)
        assert found is not None
        assert found[0] == ["hal"]
    assert name_in("Hal first", shape("Hal, Eva"), first=False, last=True) == (["hal"], "first")


def test_another_name_is_an_element_of_its_own() -> None:
    assert name_in("Ida", shape("Hal, Eva"), first=False, last=True) == (["ida"], "")
    assert name_in("a long story about nobody in this line", shape("Hal, Eva"), first=False, last=True) is None


def test_numbers_by_blanks_are_parts() -> None:
    assert parts_without_separators("2 1 4", shape("2, 1, 4")) == ["2", "1", "4"]
    assert parts_without_separators("hal eva", shape("Hal, Eva")) == ["hal", "eva"]
    assert parts_without_separators("2 1 4", shape("2")) == ["2 1 4"]


def test_an_element_is_found_in_a_text() -> None:
    assert has_element("then 7 is left", shape("1, 2"))
    assert not has_element("nothing is left", shape("1, 2"))
    assert has_element("then Hal comes", shape("Hal, Eva"))
    assert not has_element("then Ida comes", shape("Hal, Eva"))
