"""Numbers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging.readers.number_words import LARGEST, spelled, value_of_words


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
