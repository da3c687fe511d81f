"""The order of labelled elements."""

from fractions import Fraction
from itertools import permutations

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_labels import in_order_of_labels
from skillprobe_core.benchmark.judging.readers.list_shape import Element, shape_of


def test_elements_follow_the_question_in_whatever_order_their_labels_are_written() -> None:
    shape = shape_of("5, 6, 7", AnswerType.SEQUENCE, question_of("What are a, b and c at the end?"))
    values: dict[str, Element] = {"a": Fraction(5), "b": Fraction(6), "c": Fraction(7)}
    for labels in permutations(values):
        found = in_order_of_labels([values[label] for label in labels], list(labels), shape)
        assert found == [Fraction(5), Fraction(6), Fraction(7)]


def test_ordinals_are_labels_and_equal_or_missing_ones_change_nothing() -> None:
    shape = shape_of("x, y", AnswerType.SEQUENCE, question_of("Who is first?"))
    assert in_order_of_labels(["y", "x"], ["second", "first"], shape) == ["x", "y"]
    assert in_order_of_labels(["y", "x"], ["", ""], shape) == ["y", "x"]
    assert in_order_of_labels(["y", "x"], ["atom", "atom"], shape) == ["y", "x"]
