"""Pieces of a line that may assert its number, in the order in which they are tried."""

from fractions import Fraction

import pytest

from skillprobe_core.benchmark.judging.readers.lone_numbers import lone_number
from skillprobe_core.benchmark.judging.readers.number_candidates import candidates_of


def first_number(text: str) -> Fraction | None:
    return next((found.numeral.value for found in map(lone_number, candidates_of(text)) if found), None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20 + 14 = 34", 34), ("5 is the first wrong step, since 9 - 4 is 5", 5), ("it falls from 30 to 12", 12),
        ("3 boxes plus 4 boxes makes 7", 7), ("first 8, then 6 and finally 2", 2),
        ("the sum gives 41.3, but rounded it costs 41", 41), ("2103 is 278", 278),
        ("Putting all over 12, we get 9/12 - 4/12 = 5/12, and 5 is prime", Fraction(5, 12)),
        ("16 // 5 = 3 and 16 % 5 = 1, or 3.2 in floats; I'd say 3.2", Fraction(16, 5)),
        ("the price leads from 40 to 55, and so on", 55),
    ],
)  # fmt: skip
def test_the_first_piece_with_one_number_is_the_outcome(text: str, number: int | Fraction) -> None:
    assert first_number(text) == number


def test_an_unreal_or_denied_clause_behind_but_replaces_nothing() -> None:
    assert first_number("it is 30, but it could be 31 with another start") == 30
    assert first_number("it is 30, but it is not 31") == 30
