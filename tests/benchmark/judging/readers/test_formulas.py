"""Formulas: written alike, equal as numbers, or left to algebra."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import symbolic
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right
from skillprobe_core.benchmark.judging.readers.formulas import needs_algebra


@pytest.mark.parametrize(
    ("answer", "text", "right"),
    [
        ("\\frac{\\pi}{2}", "$\\dfrac{\\pi}{2}$", True),
        ("0.5", "1/2", True),
        ("7", "8", False),
    ],
)
def test_exact_rules_start_no_worker(monkeypatch, answer: str, text: str, right: bool) -> None:
    monkeypatch.setattr(symbolic, "find_spec", lambda name: pytest.fail("started the worker"))
    assert is_right(AnswerKey(AnswerType.EXPRESSION, answer), text) is right


def test_two_plain_numbers_are_never_left_to_algebra() -> None:
    """math-verify takes these two for equal."""
    assert not needs_algebra(f"1/{10**300}", f"1/{10**300 + 1}")
    assert needs_algebra("p - q", "q - p")
