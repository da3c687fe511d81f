"""Numbers that lines of several sentences assert."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging.readers.number_sentences import asserted_number, number_of_line


@given(st.integers(2, 10**6), st.integers(2, 10**6))
def test_the_last_sentence_with_a_number_decides(first: int, last: int) -> None:
    found = asserted_number(f"That makes {first} so far. Then it is {last}. This is all.")
    assert found is not None
    assert found.numeral.value == last


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("x = 6, and plugging it back in: 3*6 + 2 = 20 and 4*6 - 4 = 20. Both sides match.", 6),
        ("The result is 15. It cannot be reduced (gcd 1).", 15), ("70 % of 690: 483", 483),
        ("Divide by 2: x = -3.", -3), ("weights 3; 5; ratio 2.4, rounded: 2.4 g/L", 2.4),
        ("If 30 are sold, what remains is 90 - 30 = 60 pens.", 60), ("x is negative 14.", -14),
        ("The sum is 9/8, and without the whole part, the fraction is 1/8.", 0.125),
        ("I say 2,130/16. That is a bit over 133.", 133.125),
        ("You are at ninety. A fifth step would take you to 99.", 90),
        ("There were 70; now it is 64.", 64),
        ("Check: 4 * 6 = 24", 24),
    ],
)  # fmt: skip
def test_checks_and_worded_asides_are_left_out(line: str, number: float) -> None:
    found = asserted_number(line)
    assert found is not None
    assert found.numeral.value is not None
    assert float(found.numeral.value) == number


def test_a_count_behind_its_list_is_the_number_of_a_line() -> None:
    found = number_of_line("13, 31, 33 (3 numbers)")
    assert found is not None
    assert found.numeral.value == 3
    assert number_of_line("13, 31, 33 (4 numbers)") is None


def test_an_ordinal_is_a_number_where_there_are_no_digits() -> None:
    found = number_of_line("the third step")
    assert found is not None
    assert found.numeral.value == 3
    assert number_of_line("not the third step") is None
