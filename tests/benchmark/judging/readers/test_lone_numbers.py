"""One number of a piece of text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging.numerals import numerals
from skillprobe_core.benchmark.judging.readers.lone_numbers import is_hedged, lone_number, reducible, terms


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_one_number_is_found_however_often_it_is_written(value: int, other: int) -> None:
    for form in ("{0}", "it is {0}", "{0} coins", "{0}, that is {0}"):
        found = lone_number(form.format(value))
        assert found is not None
        assert found.numeral.value == value
    assert (lone_number(f"{value} and {value + other}")) is None


@pytest.mark.parametrize(
    "text", ["at least 7", "not 7", "7 or more", "7 if you guess, 8 else", "[7, 9]", "7x", "7 versus 5"]
)
def test_a_hedged_number_or_one_of_a_formula_is_not_asserted(text: str) -> None:
    assert lone_number(text) is None


@pytest.mark.parametrize(
    ("text", "hedged"),
    [("at most 4", True), ("compared to 4", True), ("4 is what you get if you forget it", True), ("exactly 4", False)],
)
def test_words_around_a_number_hedge_it(text: str, hedged: bool) -> None:
    (only,) = numerals(text)
    assert is_hedged(text, only) is hedged


@given(st.integers(1, 400), st.integers(1, 400), st.integers(2, 9))
def test_a_fraction_with_a_common_factor_is_reducible(over: int, below: int, factor: int) -> None:
    assert reducible(f"it is {over * factor}/{below * factor}")
    assert terms(f"{over}/{below}") == (over, below)
    assert terms(f"{over}") == (0, 0)
