"""Numbers in words, against a writer of numbers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging.worded_numbers import LARGEST, cardinals, ordinal, spelled, value_of_words

UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def written(value: int, link: str = "") -> str:
    """A number below 10^12 in English words."""
    for scale, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if value >= scale:
            rest = f" {written(value % scale, link)}" if value % scale else ""
            return f"{written(value // scale, link)} {name}{rest}"
    if value >= 100:
        rest = f" {link}{written(value % 100)}" if value % 100 else ""
        return f"{UNITS[value // 100]} hundred{rest}"
    if value >= 20:
        return TENS[value // 10 - 2] + (f"-{UNITS[value % 10]}" if value % 10 else "")
    return UNITS[value]


def only(text: str) -> Fraction | None:
    found = list(cardinals(text))
    return found[0].value if len(found) == 1 else None


@given(st.integers(0, 10**12 - 1), st.sampled_from(["", "and "]))
def test_every_number_is_read_as_it_is_spelled(value: int, link: str) -> None:
    text = written(value, link)
    assert only(text) == value
    assert only(text.capitalize()) == value
    assert only(f"It is {text}.") == value
    if value:
        assert only(f"minus {text}") == -value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("half", Fraction(1, 2)),
        ("one half", Fraction(1, 2)),
        ("a third", Fraction(1, 3)),
        ("two thirds", Fraction(2, 3)),
        ("three quarters", Fraction(3, 4)),
        ("two and a half", Fraction(5, 2)),
        ("seven point two five", Fraction(29, 4)),
        ("a dozen", 12),
        ("two dozen", 24),
        ("十二", 12),
        ("三百零五", 305),
        ("两万", 20_000),
        ("等于九十", 90),
    ],
)
def test_fractions_dozens_and_chinese_numerals(text: str, value: Fraction) -> None:
    assert only(text) == value


@pytest.mark.parametrize("text", ["no one", "the right one", "one of them", "the third one", "一共", "一样"])
def test_words_that_are_not_numbers(text: str) -> None:
    assert not list(cardinals(text))


def test_ordinals_count_only_alone() -> None:
    assert ordinal("the third step").value == 3
    assert ordinal("the 23rd step").value == 23
    assert ordinal("the 2nd and the fifth step") is None
    assert ordinal("the third and the fifth step") is None
    assert ordinal("a step") is None


@given(st.integers(-LARGEST, LARGEST))
def test_a_number_is_read_back(number):
    words = spelled(number)
    assert words is not None
    assert value_of_words(words) == number
    assert value_of_words(words.upper()) == number
    assert value_of_words(words.replace("hundred ", "hundred and ")) == number


@pytest.mark.parametrize(
    ("text", "value"), [("twenty-four", 24), ("minus nine", -9), ("negative nine", -9), ("\u4e09", 3), ("zero", 0)]
)
def test_other_spellings(text, value):
    assert value_of_words(text) == value


@pytest.mark.parametrize(
    "text", ["", "and", "ten two", "one one", "hundred", "seven apples", "twenty eleven", "7", "a", "\u4e09\u4e09"]
)
def test_other_words_are_not_numbers(text):
    assert value_of_words(text) is None


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    value = value_of_words(text)
    assert value is None or abs(value) <= LARGEST
    assert spelled(LARGEST + 1) is None
