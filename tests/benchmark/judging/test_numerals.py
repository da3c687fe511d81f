"""Numbers in a text, in the conventions in which people and models write them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging.clean_text import clean
from skillprobe_core.benchmark.judging.numerals import numerals


def only(text: str) -> Fraction | None:
    """The value of the one number of a text; None if it is part of a formula, or if there are several."""
    found = numerals(clean(text))
    return found[0].value if len(found) == 1 else None


@given(st.integers(-(10**15), 10**15))
def test_an_integer_is_read_whatever_stands_between_its_thousands(value: int) -> None:
    for separator in (",", " ", "'", "\u2019", "\u202f", "{,}", "_", ",\\!"):
        assert only(f"{value:,}".replace(",", separator)) == value
    if abs(value) >= 10**6:
        assert only(f"{value:,}".replace(",", ".")) == value


@given(st.integers(0, 10**6), st.integers(0, 99))
def test_decimals_have_a_point_or_a_comma(whole: int, hundredths: int) -> None:
    expected = whole + Fraction(hundredths, 100)
    assert only(f"{whole}.{hundredths:02}") == expected
    assert only(f"{whole},{hundredths:02}") == expected
    assert only(f"{whole:,}.{hundredths:02}") == expected
    if whole >= 1000:
        assert only(f"{whole:,}".replace(",", ".") + f",{hundredths:02}") == expected


@given(st.integers(-999, 999), st.integers(-30, 30))
def test_powers_of_ten(mantissa: int, power: int) -> None:
    expected = mantissa * Fraction(10) ** power
    for form in ("{} × 10^{}", "{} * 10**{}", "{} \\times 10^{{{}}}", "{}e{}", "{} \\cdot 10^{{{}}}", "{} x 10^{}"):
        assert only(form.format(mantissa, power)) == expected
    assert only(f"10^{{{power}}}") == Fraction(10) ** power


@given(st.integers(1, 99), st.integers(1, 98), st.integers(2, 99))
def test_mixed_numbers_and_fractions(whole: int, over: int, under: int) -> None:
    part = Fraction(over, under)
    for form in ("{}/{}", "\\frac{{{}}}{{{}}}", "\\dfrac {{{}}} {{{}}}", "{} / {}"):
        assert only(form.format(over, under)) == part
        assert only(f"-{form.format(over, under)}") == -part
    for text in (f"{whole} {over}/{under}", f"{whole}\\frac{{{over}}}{{{under}}}", f"{whole} and {over}/{under}"):
        assert only(text) == whole + part


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5 million", 5_000_000), ("2.5 thousand", 2500), ("3 bn", 3 * 10**9), ("4万", 40_000), ("½", Fraction(1, 2)),
        ("6½", Fraction(13, 2)), ("-⅔", Fraction(-2, 3)), ("$- 8$", -8), ("minus 8", -8), ("-$8", -8), ("8°", 8),
        ("8^\\circ", 8), ("x\\approx8", 8), ("共有8颗", 8), ("8개", 8), ("0.666...", Fraction(2, 3)), ("8kg", 8),
        ("8 m/s^2", 8), ("8%", 8), ("eight", 8), ("8th", 8), ("12,34,567", 1234567), ("0,5", Fraction(1, 2)),
    ],
)  # fmt: skip
def test_conventions(text: str, value: Fraction) -> None:
    assert only(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "8x",
        "8\\pi",
        "8π",
        "8√3",
        "\\sqrt{8}",
        "8^2",
        "2^8",
        "8!*2",
        "f(8)",
        "log(8)",
        "8n",
        "0x8",
        "8/0",
        "1.2.3",
        "8(x+1)",
    ],
)
def test_a_part_of_a_formula_has_no_value(text: str) -> None:
    assert numerals(clean(text))[0].value is None


@pytest.mark.parametrize("text", ["", "none", "A8", "x8", "v8"])
def test_texts_without_a_number(text: str) -> None:
    assert not numerals(clean(text))


@pytest.mark.parametrize(
    ("text", "count"), [("3, 4", 2), ("3 + 4 = 7", 3), ("(3,4)", 2), ("1,2,3", 3), ("3-4", 2), ("9:30", 2)]
)
def test_several_numbers_stay_apart(text: str, count: int) -> None:
    assert len(numerals(text)) == count


@given(st.text("0123456789., '+-*/^e%x\\{}()", max_size=200))
def test_numbers_lie_in_order_without_overlap(text: str) -> None:
    place = 0
    for each in numerals(text):
        assert place <= each.start < each.end <= len(text)
        place = each.end


@pytest.mark.parametrize(
    "repeated", ["9", "1,", "1 1/2 ", "1.1", "9 ", "-", "1e", "10^", "one ", "hundred ", "三", ".1", "1/", "1,234"]
)
def test_hostile_texts(repeated: str) -> None:
    assert len(numerals(repeated * 1000)) <= 4000


@pytest.mark.parametrize("text", ["7FA3 in base 16", "12BC", "4AB"])
def test_digits_glued_to_capital_digits_have_no_value(text):
    assert numerals(text)[0].value is None


def test_points_between_thousands_may_end_a_sentence():
    assert numerals("Es sind 3.204.711.")[0].value == 3204711
