"""Exact comparison by answer type."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.checking import CHECKS, check, readable

NUMERIC = (AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL)
word = st.text("bcdefghijklm", min_size=1, max_size=7)
element = st.one_of(word, st.integers(-999, 999).map(str))


def test_every_answer_type_has_a_rule():
    assert set(CHECKS) == set(AnswerType)


@given(st.integers(), st.integers())
def test_integers_are_equal_or_not(a, b):
    for kind in NUMERIC:
        assert check(kind, str(a), str(b)) == (a == b)
        assert check(kind, str(a), f"{a:,}")


@given(st.integers(), st.integers(0, 9))
def test_more_digits_are_another_integer(value, digit):
    assert not check(AnswerType.INTEGER, str(value), f"{value}{digit}") or value == 0 == digit
    assert not check(AnswerType.INTEGER, str(value), f"{value}.5")


@given(st.integers(-999, 999), st.integers(2, 99))
def test_an_integer_must_be_worked_out_and_a_fraction_need_not_be_reduced(value, factor):
    assert not check(AnswerType.INTEGER, str(value), f"{value * factor}/{factor}")
    assert check(AnswerType.RATIONAL, str(value), f"{value * factor}/{factor}")


@given(st.fractions(max_denominator=50), st.fractions(max_denominator=50))
def test_rationals_are_compared_by_value(a, b):
    assert check(AnswerType.RATIONAL, str(a), str(b)) == (a == b)
    assert check(AnswerType.RATIONAL, str(a), f"{a.numerator * 3}/{a.denominator * 3}")


@given(st.integers(-(10**6), 10**6), st.integers(0, 200))
def test_a_decimal_is_right_within_its_tolerance_ends_included(hundredths, off):
    answer, given_ = f"{hundredths / 100:.2f}", f"{(hundredths + off) / 100:.2f}"
    assert check(AnswerType.DECIMAL, answer, given_, tolerance=0.05) == (off <= 5)
    assert check(AnswerType.DECIMAL, answer, given_) == (off == 0)


@given(st.lists(element, min_size=1, max_size=6), st.lists(element, min_size=1, max_size=6), st.randoms())
def test_lists_against_python(expected, found, random):
    answer, text = ", ".join(expected), ", ".join(found)
    assert check(AnswerType.SEQUENCE, answer, text) == (expected == found)
    assert check(AnswerType.MULTISET, answer, text) == (sorted(expected) == sorted(found))
    assert check(AnswerType.SET, answer, text) == (len(set(found)) == len(found) and set(expected) == set(found))
    mixed = random.sample(expected, len(expected))
    assert check(AnswerType.MULTISET, answer, "; ".join(mixed))
    assert check(AnswerType.SET, answer, "{" + ", ".join(mixed) + "}") == (len(set(expected)) == len(expected))


@pytest.mark.parametrize("answer", ["1+3, 2+2", "0-1, 1-2", "Ash-Bay-Elm, Ash-Elm", "linux-arm", "0-2-1"])
def test_blanks_around_what_joins_an_element_make_no_difference(answer):
    for form in (answer, answer.replace("+", " + ").replace("-", " - "), answer.replace("-", " \u2013 ")):
        assert check(AnswerType.SET, answer, form)
        assert check(AnswerType.SEQUENCE, answer, form)
        assert not check(AnswerType.SET, answer, form[:-1] + "7")


def test_list_notations():
    assert check(AnswerType.SEQUENCE, "2, 1, 4", "2 1 4")
    assert check(AnswerType.SEQUENCE, "2, 1, 4", "2.0, 01, 4")
    assert check(AnswerType.SEQUENCE, "5, 6", "a = 5, b = 6")
    assert not check(AnswerType.SEQUENCE, "a = 5, b = 6", "a = 6, b = 5")
    assert not check(AnswerType.SEQUENCE, "New York, Rome", "New York Rome")
    assert check(AnswerType.SET, "none", "[]")
    assert check(AnswerType.SET, "none", "none")
    assert not check(AnswerType.SET, "none", "3")
    assert not check(AnswerType.SET, "1/2", "0.25")
    assert check(AnswerType.SET, "1/2", "0.5")


@pytest.mark.parametrize("text", ["B", "b", "(B)", "B)", "B.", "[b]", "Option B", "choice (b)"])
def test_an_option_is_right_in_its_usual_forms(text):
    assert check(AnswerType.CHOICE, "B", text)
    assert not check(AnswerType.CHOICE, "C", text)


@pytest.mark.parametrize("text", ["AB", "B or C", "B, C", "", "Bob", "not B"])
def test_what_is_not_one_option_is_wrong(text):
    assert not check(AnswerType.CHOICE, "B", text)


@given(word, word)
def test_text_is_compared_without_case_and_articles(a, b):
    assert check(AnswerType.TEXT, a, b) == (a == b)
    assert check(AnswerType.TEXT, a, f"The {a.upper()}.")
    assert check(AnswerType.TEXT, a, b, accepted=(f"{b}!", "x")) is True


@given(st.sampled_from(list(AnswerType)), st.text(max_size=300), st.text(max_size=300))
def test_any_text_gets_a_verdict_and_equals_itself_or_states_no_answer(answer_type, answer, text):
    assume(len(answer) > 0)
    assert check(answer_type, answer, text) in (True, False)


HOSTILE = (
    "9" * 10**6, "1," * 10**6, "[" * 10**6, "(" * 1900 + ")" * 1900, "-" * 10**6, "1/" * 3000, "a and " * 10**5,
    "9" * 3900, "1e999", "1e-999", "9" * 390 + "e999", "1/0", "0/0", "1e99999999999", "1.1.1", "\u0663", "\\frac{1}{0}",
    "\ud800", "\x00", "NaN", "inf", "\u221e", "1_000", "\u00bd", " " * 4000, "{}" * 2000, "\\text{" * 800, "0x" * 2000,
)  # fmt: skip


@pytest.mark.parametrize("answer_type", AnswerType)
def test_hostile_texts_are_wrong(answer_type):
    """Each check returns at all, and none takes the text for 7."""
    for text in HOSTILE:
        assert check(answer_type, "7", text) is False, text[:40]


@given(st.sampled_from(AnswerType), st.lists(element, min_size=1, max_size=4), st.text(max_size=20), st.data())
def test_what_is_right_is_readable(answer_type, parts, text, data):
    """Also right answers in other clothes: brackets, quotes, another case, blanks, other separators."""
    answer = ", ".join(parts) if "S" in answer_type.name[:2] else parts[0]
    dress = data.draw(
        st.sampled_from(["{}", "({})", "[{}]", '"{}"', " {} ", "**{}**", "{}.", "the {}", "${}$", "x = {}"])
    )
    for extracted in (answer, answer.upper(), dress.format(answer), answer.replace(", ", "; "), text):
        if check(answer_type, answer, extracted):
            assert readable(answer_type, answer, extracted)


@pytest.mark.parametrize(
    ("answer_type", "answer", "extracted", "expected"),
    [
        (AnswerType.INTEGER, "7", "8", True),
        (AnswerType.INTEGER, "7", "14/2", True),
        (AnswerType.INTEGER, "7", "8 apples", True),
        (AnswerType.INTEGER, "7", "seven", False),
        (AnswerType.INTEGER, "7", "not known", False),
        (AnswerType.INTEGER, "7", "7 or 8", False),
        (AnswerType.RATIONAL, "1/2", "half", False),
        (AnswerType.DECIMAL, "1.5", "1.4 m/s", True),
        (AnswerType.CHOICE, "B", "(C)", True),
        (AnswerType.CHOICE, "B", '"c"', True),
        (AnswerType.CHOICE, "B", "It is the second of the options", False),
        (AnswerType.CHOICE, "q2", "It is state q1", True),
        (AnswerType.SEQUENCE, "1, 2", "2, 1", True),
        (AnswerType.SEQUENCE, "1, 2", "none", True),
        (AnswerType.SEQUENCE, "1, 2", "one and two", False),
        (AnswerType.SET, "1, 2", "1, two", True),
        (AnswerType.MULTISET, "red, blue", "There are no colours", True),
        (AnswerType.TEXT, "Paris", "It is London, I think", True),
        (AnswerType.TEXT, "Paris", "...", False),
        (AnswerType.EXPRESSION, "x^2", "words alone", True),
        (AnswerType.TEXT, "Paris", "Paris" * 1000, False),
    ],
)
def test_only_another_form_is_unreadable(answer_type, answer, extracted, expected):
    assert readable(answer_type, answer, extracted) is expected
