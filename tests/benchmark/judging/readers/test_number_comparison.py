"""Comparison of a number with the key."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.readers.lone_numbers import Found, lone_number
from skillprobe_core.benchmark.judging.readers.number_comparison import compared, in_fractions, repeats_question


def found(text: str) -> Found:
    lone = lone_number(text)
    assert lone is not None
    return lone


@given(st.integers(-(10**6), 10**6), st.integers(1, 1000))
def test_an_integer_is_right_at_its_value_alone(value: int, off: int) -> None:
    key = AnswerKey(AnswerType.INTEGER, str(value))
    assert compared(found(str(value)), key).right
    assert not compared(found(str(value + off)), key).right


@given(st.integers(1, 500), st.integers(2, 500), st.integers(2, 9))
def test_a_fraction_must_be_reduced_where_the_question_says_so(over: int, below: int, factor: int) -> None:
    value = Fraction(over, below)
    if value.denominator == 1:
        return
    key = AnswerKey(AnswerType.RATIONAL, str(value), question="Give it as a fraction in lowest terms.")
    assert compared(found(str(value)), key).right
    assert not compared(found(f"{value.numerator * factor}/{value.denominator * factor}"), key).right


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7/4 A, roughly 1.75 amperes", "7/4 amperes"),
        ("7/4 = 1.75", "7/4"),
        ("7 over 4", "7/4"),
        ("7/4 = 1.25", "7/4 = 1.25"),
    ],
)
def test_a_rounded_value_behind_its_fraction_is_dropped(text: str, expected: str) -> None:
    assert in_fractions(text) == expected


def test_a_number_of_the_question_is_not_its_fraction() -> None:
    key = AnswerKey(AnswerType.RATIONAL, "1/4", question="Write 0.25 as a fraction.")
    assert repeats_question(found("0.25"), key)
    assert not repeats_question(found("1/4"), key)
