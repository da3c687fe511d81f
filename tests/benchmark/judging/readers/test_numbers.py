"""Numbers, compared by value."""

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right

NUMERIC = (AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL)


def right(answer_type: AnswerType, answer: str, text: str, tolerance: float | None = None) -> bool:
    return is_right(AnswerKey(answer_type, answer, (), tolerance), text)


@given(st.integers(), st.integers())
def test_integers_are_equal_or_not(a, b):
    for kind in NUMERIC:
        assert right(kind, str(a), str(b)) == (a == b)
        assert right(kind, str(a), f"{a:,}")


@given(st.integers(), st.integers(0, 9))
def test_more_digits_are_another_integer(value, digit):
    assert not right(AnswerType.INTEGER, str(value), f"{value}{digit}") or value == 0 == digit
    assert not right(AnswerType.INTEGER, str(value), f"{value}.5")


@given(st.integers(-999, 999), st.integers(2, 99))
def test_an_integer_must_be_worked_out_and_a_fraction_need_not_be_reduced(value, factor):
    assert not right(AnswerType.INTEGER, str(value), f"{value * factor}/{factor}")
    assert right(AnswerType.RATIONAL, str(value), f"{value * factor}/{factor}")


@given(st.fractions(max_denominator=50), st.fractions(max_denominator=50))
def test_rationals_are_compared_by_value(a, b):
    assert right(AnswerType.RATIONAL, str(a), str(b)) == (a == b)
    assert right(AnswerType.RATIONAL, str(a), f"{a.numerator * 3}/{a.denominator * 3}")


@given(st.integers(-(10**6), 10**6), st.integers(0, 200))
def test_a_decimal_is_right_within_its_tolerance_ends_included(hundredths, off):
    answer, given_ = f"{hundredths / 100:.2f}", f"{(hundredths + off) / 100:.2f}"
    assert right(AnswerType.DECIMAL, answer, given_, tolerance=0.05) == (off <= 5)
    assert right(AnswerType.DECIMAL, answer, given_) == (off == 0)
