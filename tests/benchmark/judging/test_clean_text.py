"""Mark-up and typographic characters in their plain form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging.clean_text import clean


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("**7**", "7"),
        ("`ls`", "ls"),
        ("½", "1/2"),
        ("4¾", "4 3/4"),
        ("\\frac{3}{8}", "3/8"),
        ("\\dfrac38", "3/8"),
        ("\\cfrac{3}{8}", "3/8"),
        ("2\\frac14", "2 1/4"),
        ("-\\frac{3}{8}", "-3/8"),
        ("10⁻⁶", "10^-6"),
        ("CO₂", "CO2"),
        ("3 × 4", "3 * 4"),
        ("3 \\times 4", "3 * 4"),
        ("−5", "-5"),
        ("４２", "42"),
        ("30^\\circ", "30\u00b0"),
        ("30^{\\circ}", "30\u00b0"),
        ("\\$7", "7"),
        ("$7$", "7"),
        ("\\(7\\)", "7"),
        ("1{,}234", "1,234"),
        ("1,\\!234", "1,234"),
        ("x \\le 3", "x \u2264 3"),
        ("20\\%", "20%"),
        ("\\boxed{\\text{7}}", "  7  "),
    ],
)
def test_mark_up_is_removed(text: str, plain: str) -> None:
    assert " ".join(clean(text).split()) == " ".join(plain.split())


@given(st.text("abc 0123,.+-()", max_size=80))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "repeated", ["\\frac{", "\\text{", "{,}", "**", "\\", "$", "½", "^\\circ", "1\\frac", "\\frac1"]
)
def test_hostile_text_is_cleaned(repeated: str) -> None:
    assert isinstance(clean(repeated * 4000), str)
