"""Numbers, names and lists as people write them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging import notation

fractions = st.fractions(max_denominator=10**6)


@given(st.integers())
def test_an_integer_is_read_in_every_notation(value):
    for text in (str(value), f"{value:,}", f"{value}.0", f"${value}$", f"{value} apples", f"= {value}.", f"({value})"):
        assert notation.number(text) == value
    assert notation.number(str(value).replace("-", "\u2212")) == value


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_a_fraction_is_read_in_every_notation(over, under):
    value = Fraction(over, under)
    latex = f"{'-' if over < 0 else ''}\\frac{{{abs(over)}}}{{{under}}}"
    for text in (f"{over}/{under}", f"{over} / {under}", latex, latex.replace("frac", "dfrac")):
        assert notation.number(text) == value
    assert notation.number(f"{over}/{under}", slash=False) is None


@given(st.integers(1, 999), st.integers(1, 98), st.integers(2, 99))
def test_a_mixed_number_is_one_number(whole, over, under):
    assert notation.number(f"{whole} {over}/{under}") == whole + Fraction(over, under)
    assert notation.number(f"-{whole} {over}/{under}") == -whole - Fraction(over, under)
    assert notation.number(f"{whole}\\frac{{{over}}}{{{under}}}") == whole + Fraction(over, under)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_a_decimal_is_exact(value):
    assert notation.number(f"{value:f}") == Fraction(value)


@given(st.integers(-(10**6), 10**6), st.integers(-99, 99))
def test_powers_of_ten(mantissa, power):
    expected = mantissa * Fraction(10) ** power
    texts = [f"{mantissa} \u00d7 10^{power}", f"{mantissa}*10^{{{power}}}", f"{mantissa} \\times 10^{{{power}}}"]
    for text in (*texts, f"{mantissa}e{power}"):
        assert notation.number(text) == expected


@given(st.integers(), st.integers())
def test_two_different_numbers_are_no_number(a, b):
    expected = a if a == b else None
    assert notation.number(f"{a} or {b}") == expected
    assert notation.number(f"{a}, {b}") == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "0x1F",
        "x7",
        "2^5",
        "2 ^ 5",
        "x^2",
        "x^{-2}",
        "1.2.3",
        "v1.2",
        "7/0",
        "10^3",
        "seven",
        "1/2/3 4",
        ".",
    ],
)
def test_what_is_not_a_number_is_not_read_as_one(text):
    assert notation.number(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("9 m/s^2", 9), ("9 m/s\u00b2", 9), ("7kg", 7), ("-$7", -7), ("$-7", -7), (".5", Fraction(1, 2)), ("+7", 7),
     ("50%", 50), ("\uff17", 7), ("1\u202f", 1), ("3-3", 3), ("12,345,678", 12345678), ("x = 4", 4)],
)  # fmt: skip
def test_decorations_are_ignored(text, value):
    assert notation.number(text) == value


@given(st.lists(st.text("bcdefghijklm", min_size=1, max_size=7), min_size=1, max_size=8))
def test_a_list_is_read_with_every_separator(words):
    for separator in (", ", ",", "; ", " -> ", "\n", " \u2192 "):
        assert notation.elements(separator.join(words)) == words
    assert notation.elements(f"[{', '.join(words)}]") == words
    if len(words) > 1:
        assert notation.elements(f"{', '.join(words[:-1])} and {words[-1]}") == words
        assert notation.elements(f"{', '.join(words[:-1])}, and {words[-1]}") == words


@given(st.text(max_size=60))
def test_words_is_a_normal_form(text):
    once = notation.words(text)
    assert notation.words(once.upper()) == notation.words(once)
    assert notation.words(f"  {once}. ") == notation.words(once)


def test_names_that_differ_by_a_sign_stay_different():
    assert len({notation.words(name) for name in ("C", "C#", "C++", "F#")}) == 4
    assert notation.words("The Schr\u00f6dinger  equation.") == notation.words("schrodinger equation")
    assert notation.words("Newton-Raphson") == notation.words("Newton Raphson")
