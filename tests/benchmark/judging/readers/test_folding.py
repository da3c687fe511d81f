"""Plain text and names in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.judging.readers.folding import name_form, occurrences, plain_text, squeezed

SAME = (
    ("UK", "U.K.", "u.k"),
    ("C. S. Lewis", "C.S. Lewis", "C S Lewis"),
    ("CO2", "CO_2", "$CO_2$", "CO\u2082", "\\mathrm{CO_2}", "\\text{C}\\text{O}_{2}", "CO<sub>2</sub>"),
    ("10^-6", "10^{-6}", "10\u207b\u2076", "$10^{-6}$", "10<sup>-6</sup>"),
    ("1/y", "\\frac{1}{y}", "$\\dfrac{1}{y}$"),
    ("3/4", "\u00be", "\\frac34", "\\frac{3}{4}"),
    ("tan^2 x", "\\tan^2 x", "tan\u00b2 x", "\\tan^{2} x"),
    ("O(n log n)", "\u0398(n log n)", "\\Theta(n \\log n)", "O(n * log n)", "\\mathcal{O}(n\\log n)"),
    ("red, white and blue", "red white and blue", "Red, white, and blue"),
    ("Sao Tome", "S\u00e3o Tom\u00e9", "sao-tome"),
    ("pi", "\u03c0", "\\pi"),
    ("90\u00b0", "90^\\circ", "90^{\\circ}"),
    ("Lodz", "\u0141\u00f3d\u017a"),
    ("2048", "2,048", "2{,}048"),
    ("an owl", "the owl", "owl."),
)


@pytest.mark.parametrize("texts", SAME, ids=lambda texts: texts[0])
def test_one_name_in_many_spellings_has_one_form(texts):
    assert len({name_form(text) for text in texts}) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("C", "C#", "C++"),
        ("x^2", "x2", "2x"),
        ("9", "-9", ".9", "9.0"),
        ("1/2", "12", "1 2"),
        (".5", "5", "0.5"),
    ],
)
def test_names_that_differ_by_a_sign_stay_different(texts):
    assert len({name_form(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("york", "It is York.", ["York"]),
        ("uk", "the U.K. is", ["U.K"]),
        ("york", "Yorkshire", []),
        ("boyle", "Boyle's law", []),
        ("guinea", "Guinea-Bissau", []),
        ("9", "-9, 9.5, 10^9 and 19", []),
        ("9", "9, 9. 9", ["9", "9", "9"]),
        ("c", "C++ and C#", []),
        ("80", "80% of them", []),
        ("zip", "zip()", ["zip"]),
        ("24", "24-dimensional", ["24"]),
        ("jsbach", "by J.S. Bach", ["J.S. Bach"]),
    ],
)
def test_names_are_found_as_whole_words(name, text, found):
    plain = plain_text(text)
    assert [plain[start:end] for start, end in occurrences(name, plain, squeezed(plain))] == found


@given(st.text(max_size=200))
def test_any_text_is_folded(text):
    plain = plain_text(text)
    within = squeezed(plain)
    assert len(within.characters) == len(within.places)
    assert list(within.places) == sorted(set(within.places))
    assert name_form(text) == name_form(text)


def test_the_commas_of_a_list_stay():
    assert plain_text("120,340") == "120340"
    assert plain_text("120,340", thousands=False) == "120,340"
    assert plain_text("1,240, 1,360") == "1240, 1360"
