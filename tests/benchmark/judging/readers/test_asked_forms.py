"""The form of a formula: that of the question unchanged, expanded, factored, simplified."""

import pytest

from skillprobe_core.benchmark.judging.readers.asked_forms import fits, formulas_of, is_unchanged, squeezed

EXPAND, FACTOR, SIMPLIFY = "Expand (y - 2)(y + 5).", "Factor y^2 + 3y - 10.", "Simplify 9b - 4b + b."


@pytest.mark.parametrize(
    ("question", "formulas"),
    [
        (EXPAND, {"(y-2)(y+5)"}),
        (FACTOR, {"y^2+3y-10"}),
        ("Write a + a + b in its shortest form.", {"a+a+b"}),
        ("Simplify $\\dfrac{x^3}{x}$ for x not 0.", {"\\frac{x^3}x"}),
        ("Solve y = 4x - 1 for x.", {"4x-1"}),
        ("Simplify sqrt(18).", {"\\sqrt{18}"}),
        ("A tile costs t coins. What do 6 of them cost?", set()),
        ("I have a dog. Is it an x or a y?", set()),
    ],
)
def test_the_formulas_of_a_question_are_found(question: str, formulas: set[str]) -> None:
    assert {squeezed(each) for each in formulas_of(question)} == formulas


@pytest.mark.parametrize("form", ["9b - 4b + b", "9b-4b+b", "$9b - 4b + b$", "9*b - 4*b + b", "9 \\cdot b - 4b + b."])
def test_the_expression_of_the_question_is_unchanged_in_any_spelling(form: str) -> None:
    assert is_unchanged(form, SIMPLIFY, ["6b"])
    assert not is_unchanged(form, SIMPLIFY, ["9b - 4b + b"])
    assert not is_unchanged(form, "Simplify 9b - 4b + b + c.", ["6b + c"])


@pytest.mark.parametrize("form", ["6b", "9b - 4b", "5b + b", "b", "9", ""])
def test_another_expression_and_a_lone_number_are_not_unchanged(form: str) -> None:
    assert not is_unchanged(form, SIMPLIFY, ["6b"])


@pytest.mark.parametrize(
    ("question", "answer", "formula", "fitting"),
    [
        (EXPAND, "y^2 + 3y - 10", "(y - 2)(5 + y)", False),
        (EXPAND, "y^2 + 3y - 10", "y(y + 5) - 2(y + 5)", False),
        (EXPAND, "y^2 + 3y - 10", "(y+1.5)^2 - 12.25", False),
        (EXPAND, "y^2 + 3y - 10", "-10 + y^{2} + 3 y", True),
        (EXPAND, "y^2 + 3y - 10", "y^2 + 5y - 2y - 10", True),
        (EXPAND, "y^2 + 3y - 10", "(y^2) + (3y) - 10", True),
        (FACTOR, "(y - 2)(y + 5)", "(y + 5)(y - 2)", True),
        (FACTOR, "(y - 2)(y + 5)", "-(2 - y)(y + 5)", True),
        (FACTOR, "(y - 2)(y + 5)", "3y + y^2 - 10", False),
        (FACTOR, "(y - 2)(y + 5)", "y(y + 5) - 2(y + 5)", False),
        ("Name a factor of y^2 + 3y - 10.", "(y - 2)", "y - 2", True),
        (SIMPLIFY, "6b", "5b + b", False),
        (SIMPLIFY, "6b", "b * 6", True),
        (SIMPLIFY, "6b", "2 * 3b", False),
        ("Simplify p * p^3.", "p^4", "p^2 * p^2", False),
        ("Simplify 2(c + d) + c.", "3c + 2d", "2d + 3c", True),
        ("Simplify 2(c + d) + c.", "3c + 2d", "2c + 2d + c", False),
        ("Simplify 10/4.", "\\frac{5}{2}", "10/4", False),
        ("Simplify 10/4.", "\\frac{5}{2}", "5/2", True),
        ("What is the cost?", "6b", "5b + b", True),
    ],
)
def test_a_formula_must_have_the_form_that_the_question_requires(
    question: str, answer: str, formula: str, fitting: bool
) -> None:
    assert fits(formula, question, answer) is fitting


def test_an_expansion_in_running_text_must_be_finished() -> None:
    assert not fits("y^2 + 5y - 2y - 10", EXPAND, "y^2 + 3y - 10", strict=True)
    assert fits("y^2 + 3y - 10", EXPAND, "y^2 + 3y - 10", strict=True)


@pytest.mark.parametrize(
    "text", ["(" * 20_000, "(a+" * 7_000, "a " * 10_000, "1" * 20_000, "{x" * 10_000, "x+" * 9_000]
)
def test_hostile_texts_are_read(text: str) -> None:
    assert len(formulas_of(text)) < 3
    assert not is_unchanged(text, text, ["1"])
    assert fits(text, "Expand and simplify it.", "x", strict=True)
