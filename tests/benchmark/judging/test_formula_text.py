"""Formulas in one spelling, and their parts."""

import pytest

from skillprobe_core.benchmark.judging.formula_text import as_interval, flat, has_words, parts, unlabelled, written


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\\dfrac{1}{2}", "\\frac{1}{2}"),
        ("\\frac12", "\\frac{1}{2}"),
        ("√5", "\\sqrt{5}"),
        ("sqrt(5)", "\\sqrt{5}"),
        ("\\sqrt5", "\\sqrt{5}"),
        ("3π", "3\\pi"),
        ("3 pi", "3\\pi"),
        ("x²", "x^{2}"),
        ("x**{2}", "x^{2}"),
        ("\\left(1, 2\\right)", "(1,2)"),
        ("\\begin{bmatrix}1\\\\2\\end{bmatrix}", "\\begin{pmatrix}1 \\\\ 2\\end{pmatrix}"),
        ("1 - \\frac{1}{\\mathrm{e}}", "1-\\frac{1}{e}"),
        ("x ≤ 3", "x \\leq 3"),
        ("45^\\circ", "45"),
        ("2 \\cdot 3", "2*3"),
        ("20\\%", "20%"),
    ],
)
def test_spellings_of_one_formula(one: str, other: str) -> None:
    assert written(one) == written(other)


@pytest.mark.parametrize(
    ("one", "other"), [("x^2", "x^3"), ("\\sqrt{5}", "5"), ("3\\pi", "3"), ("(1,2)", "[1,2)"), ("-1", "1")]
)
def test_other_formulas_stay_different(one: str, other: str) -> None:
    assert written(one) != written(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1, -2", ["1", "-2"]),
        ("(1, 2), (3, 4)", ["(1, 2)", "(3, 4)"]),
        ("1 and -2", ["1", "-2"]),
        ("1 \\text{ or } -2", ["1", "-2"]),
        ("\\{1, 2\\}", ["\\{1, 2\\}"]),
        ("f(a, b)", ["f(a, b)"]),
    ],
)
def test_parts_are_separated_outside_brackets(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("2 \\le x < 5", "[2,5)"),
        ("x > 3", "(3,\\infty)"),
        ("x \\ge 3", "[3,\\infty)"),
        ("x < 3", "(-\\infty,3)"),
        ("x \\le 3", "(-\\infty,3]"),
        ("x + 1", "x + 1"),
    ],
)
def test_inequalities_as_intervals(text: str, interval: str) -> None:
    assert as_interval(flat(text)) == interval


def test_labels_in_front_of_a_formula() -> None:
    for text in ("x = 5", "f(x) = 5", "x_{1} = 5", "x_1=5"):
        assert unlabelled(text) == "5"
    assert unlabelled("(x, y) = (1, 2)") == "(1, 2)"
    assert unlabelled("5") == "5"


def test_a_phrase_is_not_a_formula() -> None:
    assert has_words("the square root of two")
    assert not has_words("\\sin x + \\text{some words here}")
    assert not has_words("\\begin{pmatrix} 1 \\end{pmatrix}")


@pytest.mark.parametrize(
    "repeated", ["\\frac{", "sqrt(", "\\sqrt", "^(", "{", "\\begin{array}", "√", ",", "and ", "x<"]
)
def test_hostile_texts(repeated: str) -> None:
    text = repeated * 400
    assert isinstance(written(text), str)
    assert parts(text) is not None
    assert as_interval(text) is not None
