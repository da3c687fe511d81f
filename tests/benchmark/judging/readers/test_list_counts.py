"""Counts of elements, written out as often as they say."""

import pytest

from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_counts import counts_written_out, repeated

FACTORS = question_of("What are the prime factors of 12?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2^2 * 3", "2, 2, 3"), ("2^{3}", "2, 2, 2"), ("5", "5"), ("4 with multiplicity 2, 1", "4, 4, 1"),
     ("7^99 * 7", "7^99 * 7")],
)  # fmt: skip
def test_powers_of_prime_factors_are_as_many_factors(text: str, expected: str) -> None:
    assert repeated(text, FACTORS) == expected


def test_a_power_is_left_alone_where_no_factors_are_asked() -> None:
    assert repeated("2^2 * 3", question_of("Which numbers are these?")) == "2^2 * 3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("A twice, B", "A, A, B"), ("A: 2, B: 1", "A, A, B"), ("2 A's and one B", "A, A and B"), ("C twice", "C twice")],
)
def test_a_count_repeats_elements_of_the_answer_alone(text: str, expected: str) -> None:
    assert counts_written_out(text, "A, A, B", "") == expected


def test_a_count_that_the_question_gives_is_no_element() -> None:
    assert counts_written_out("2 A's", "A, A, B", "there are 2 a's in the box") == "2 A's"
