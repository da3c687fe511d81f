"""Formulas: in every style, in full, equal by exact rules or by algebra."""

from collections.abc import Iterator

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import symbolic
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, is_right, judge_answer
from skillprobe_core.benchmark.judging.readers.formulas import needs_algebra
from skillprobe_core.benchmark.judging.symbolic import SymbolicChecker

KEYS = (
    "13\\sqrt{3}", "\\left( 4, \\frac{\\pi}{3} \\right)", "p-q", "4-7i", "x^2-9", "\\frac{2}{5}\\pi", "[0,5)",
    "(-\\infty,-3)\\cup(3,\\infty)", "\\begin{pmatrix} 5 & 2 \\\\ 3 & -4 \\end{pmatrix}", "2\\sin x", "e^{3x}", "5\\pi",
    "\\frac{x+1}{x-1}", "60^\\circ", "\\ln 3", "\\{2,5\\}", "-\\frac{3}{8}", "x=6", "y = 3x + 1", "\\sqrt[3]{5}",
    "\\text{odd}", "\\frac{1}{4}, \\frac{3}{4}", "15\\%", "14\\text{ cm}^2", "\\$12.40", "3^{10}", "6!",
    "-1 \\pm \\sqrt{5}", "2,-3", "(1,3),(4,2)", "0.25", "M", "\\binom{n}{3}", "25x^2 - 4y^2", "\\infty",
)  # fmt: skip
FORMS = (
    "{}", "Answer: {}", "Answer: ${}$", "Answer: \\({}\\)", "The final answer is ${}$. This is what was wanted.",
    "The answer is \\({}\\). I hope it helps.", "\\boxed{{{}}}", "So it is $\\boxed{{{}}}$.", "Answer: \\[{}\\]",
    "Answer:\n\\[\n{}\n\\]", "Therefore, the result is\n$$\n{}\n$$", "Answer: ${}$ (simplified)", "**Answer:** ${}$",
    "Final answer: **{}**", "Answer: ${}$, since nothing else fits.", "The value is ${}$.",
    "Thus \\[ \\boxed{{{}}} \\] as required.", "#### {}", "<answer>{}</answer>", "Answer: {}.", "Answer: \\boxed{{{}}}",
)  # fmt: skip
OTHERS = {
    "13\\sqrt{3}": ("13", "\\sqrt{3}", "12\\sqrt{3}", "13\\sqrt{2}"),
    "4-7i": ("4", "4+7i", "-7i"),
    "[0,5)": ("(0,5)", "[0,5]", "0"),
    "2,-3": ("2", "-3", "2,3", "2,-3,4"),
    "5\\pi": ("5", "\\pi", "5\\pi^2"),
    "8": ("8x", "8\\pi", "8\\sqrt{2}", "\\sqrt{8}", "8+i", "8!", "8\\text{ or }9", "8-\\frac{2}{\\mathrm{e}}", "8√3",
          "8 + \\foo{3}", "8 @ 3", "8 + ..."),
}  # fmt: skip
EQUAL = (
    ("\\sqrt{5}-1", "Answer: √5 - 1"),
    ("5\\pi", "Answer: 5π"),
    ("5\\pi", "Answer: 5*pi"),
    ("x^2-9", "Answer: x² - 9"),
    ("x^2-9", "Answer: (x - 3)(x + 3)"),
    ("x^2-9", "Answer: x**2 - 9"),
    ("\\frac{\\pi}{3}", "Answer: pi/3"),
    ("x=6", "Answer: 6"),
    ("6", "Answer: $x = 6$"),
    ("(2,7)", "Answer: $(x, y) = (2, 7)$"),
    ("[3,8]", "Answer: $3 \\leq x \\leq 8$"),
    ("(3,\\infty)", "Answer: $x > 3$"),
    ("x > 3", "Answer: $(3, \\infty)$"),
    ("2,-3", "Answer: $x = -3$ or $x = 2$"),
    ("2,-3", "\\boxed{-3} and \\boxed{2}"),
    ("2,7", "$x = \\boxed{2}$, $y = \\boxed{7}$"),
    ("24", "Answer: $4 \\cdot 6 = 24$"),
    ("1+\\frac{1}{e}", "Answer: $1 + \\frac{1}{\\mathrm{e}}$"),
    ("i(3-i)", "Answer: $1 + 3i$"),
    ("\\cos(x)", "Answer: $\\sin(90^\\circ - x)$"),
    ("\\begin{pmatrix} 5 & 2 \\\\ 3 & 4 \\end{pmatrix}", "$$\\begin{bmatrix}5&2\\\\3&4\\end{bmatrix}$$"),
    ("\\begin{pmatrix} 5 \\\\ 3 \\end{pmatrix}", "Answer:\n\\[\n\\begin{pmatrix}\n5 \\\\\n3\n\\end{pmatrix}\n\\]"),
    ("35%", "The chance is therefore **35%**."),
    ("2\\sqrt{5}", "Answer: √20"),
    ("0.75", "Answer: $\\frac{3}{4}$"),
    ("4\\text{ and }9", 'The final answer is "$4$ and $9$".'),
)
UNEQUAL = (
    ("8", "Answer: not 8"),
    ("8", "Answer: $8$ or $9$"),
    ("8", "Answer: $8$? No, $9$"),
    ("8", "\\boxed{8}. Wait, that is wrong. \\boxed{9}"),
    ("1", "Answer: $1 + \\frac{1}{\\mathrm{e}}$"),
    ("2,7", "\\boxed{2}"),
    ("(2,7)", "Answer: (7,2)"),
    ("[3,8]", "Answer: $3 < x \\leq 8$"),
    ("\\sqrt{2}", "Answer: 1.414"),
    ("8", "Answer: $8 + $ something"),
    ("3", "Answer: $3$ times $2$"),
)


@pytest.fixture(scope="module")
def checker() -> Iterator[SymbolicChecker]:
    pytest.importorskip("math_verify", reason="the extra `math` is not installed")
    with SymbolicChecker(60.0) as opened:
        yield opened


def verdict(key: str, completion: str, checker: SymbolicChecker) -> Verdict:
    return judge_answer(AnswerKey(AnswerType.EXPRESSION, key), completion, symbolic=checker)[0]


@pytest.mark.parametrize("key", KEYS)
def test_a_formula_is_right_in_every_style(key: str, checker: SymbolicChecker) -> None:
    for form in FORMS:
        assert verdict(key, form.format(key), checker) is Verdict.CORRECT, form


@pytest.mark.parametrize("key", OTHERS)
def test_a_part_of_a_formula_or_another_one_is_right_in_no_style(key: str, checker: SymbolicChecker) -> None:
    for other in OTHERS[key]:
        for form in FORMS:
            assert verdict(key, form.format(other), checker) is not Verdict.CORRECT, (form, other)


@pytest.mark.parametrize(("key", "completion"), EQUAL)
def test_another_way_to_write_a_formula_is_right(key: str, completion: str, checker: SymbolicChecker) -> None:
    assert verdict(key, completion, checker) is Verdict.CORRECT


@pytest.mark.parametrize(("key", "completion"), UNEQUAL)
def test_a_formula_that_is_not_asserted_is_not_right(key: str, completion: str, checker: SymbolicChecker) -> None:
    assert verdict(key, completion, checker) is not Verdict.CORRECT


def test_a_phrase_on_an_answer_line_is_malformed(checker: SymbolicChecker) -> None:
    assert verdict("\\sqrt{2}", "Answer: the square root of some number", checker) is Verdict.MALFORMED


FORMED = (
    ("Simplify 9b - 4b + b.", "6b", "Answer: $9b - 4b + b$", Verdict.WRONG),
    ("Simplify 9b - 4b + b.", "6b", " 9b - 4b + b", Verdict.WRONG),
    ("Simplify 9b - 4b + b.", "6b", "9b - 4b + b = 9b - 4b + b", Verdict.WRONG),
    ("Simplify 9b - 4b + b.", "6b", "9b - 4b + b = 6b", Verdict.CORRECT),
    ("Simplify 9b - 4b + b.", "6b", "Answer: 6b = 9b - 4b + b", Verdict.CORRECT),
    ("Simplify 9b - 4b + b.", "6b", "Answer: 5b + b", Verdict.WRONG),
    ("Simplify sqrt(18).", "3\\sqrt{2}", "It is √18.", Verdict.WRONG),
    ("Simplify sqrt(18).", "3\\sqrt{2}", "It is 3√2.", Verdict.CORRECT),
    ("Expand 4(z - 3).", "4z - 12", "Answer: 4(z - 3)", Verdict.WRONG),
    ("Expand 4(z - 3).", "4z - 12", "Answer: (z - 3)*4", Verdict.WRONG),
    ("Expand 4(z - 3).", "4z - 12", "Answer: -12 + 4z", Verdict.CORRECT),
    ("Factor z^2 - 16.", "(z - 4)(z + 4)", "Answer: (4 + z)(z - 4)", Verdict.CORRECT),
    ("Factor z^2 - 16.", "(z - 4)(z + 4)", "Answer: (z - 4)(z + 4) = z^2 - 16", Verdict.CORRECT),
    ("Factor z^2 - 16.", "(z - 4)(z + 4)", "Answer: -16 + z^2", Verdict.WRONG),
    ("Which is more, 2^5 or 5^2?", "2^5", "Answer: 2^5", Verdict.CORRECT),
    (
        "A cube has the edge k. What is its volume?",
        "k^3",
        "The volume is $k^3$, where $k$ is the edge.",
        Verdict.CORRECT,
    ),
    ("A cube has the edge k. What is its volume?", "k^3", "The volume is k^3. It is a basic notion.", Verdict.CORRECT),
    ("A cube has the edge k. What is its volume?", "k^3", "The volume is 3k. It is a basic notion.", Verdict.WRONG),
    ("A cube has the edge k. What is its volume?", "k^3", "The volume is a basic notion.", Verdict.UNPARSED),
    ("A cube has the edge k. What is its volume?", "k^3", "Answer: the volume is k^3, where k is it", Verdict.CORRECT),
)


@pytest.mark.parametrize(("question", "key", "completion", "expected"), FORMED)
def test_the_form_of_a_formula_is_that_of_the_question(
    question: str, key: str, completion: str, expected: Verdict, checker: SymbolicChecker
) -> None:
    asked = AnswerKey(AnswerType.EXPRESSION, key, question=question)
    assert judge_answer(asked, completion, symbolic=checker)[0] is expected


@pytest.mark.parametrize(
    ("answer", "text", "right"),
    [
        ("\\frac{\\pi}{2}", "$\\dfrac{\\pi}{2}$", True),
        ("0.5", "1/2", True),
        ("7", "8", False),
        ("2, 5", "5 and 2", True),
    ],
)
def test_exact_rules_start_no_worker(monkeypatch, answer: str, text: str, right: bool) -> None:
    monkeypatch.setattr(symbolic, "find_spec", lambda name: pytest.fail("started the worker"))
    assert is_right(AnswerKey(AnswerType.EXPRESSION, answer), text) is right


def test_two_plain_numbers_are_never_left_to_algebra() -> None:
    """math-verify takes these two for equal."""
    assert not needs_algebra(f"1/{10**300}", f"1/{10**300 + 1}")
    assert needs_algebra("p - q", "q - p")
