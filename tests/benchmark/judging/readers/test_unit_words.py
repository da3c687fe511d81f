"""Units behind a number."""

from fractions import Fraction

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, is_right, judge_answer
from skillprobe_core.benchmark.judging.readers.unit_words import factor_behind

MINUTES = "How many minutes does the bus take for 20 km at 30 km/h?"
FORCE = "What is the weight of the bag in newtons?"


@pytest.mark.parametrize(
    ("after", "question", "factor"),
    [
        (" h", MINUTES, Fraction(60)),
        (" hours.", MINUTES, Fraction(60)),
        (" seconds", MINUTES, Fraction(1, 60)),
        (" minutes", MINUTES, Fraction(1)),
        (" min (2/3 h)", MINUTES, Fraction(1)),
        ("", MINUTES, Fraction(1)),
        (" km", MINUTES, Fraction(1)),
        (" h 10 min", MINUTES, Fraction(1)),
        (" kN", FORCE, Fraction(1000)),
        ("N", FORCE, Fraction(1)),
        (" kg m/s^2", FORCE, Fraction(1)),
        (" m", "Give the length in cm.", Fraction(100)),
        (" m/s", "Give the length in cm.", Fraction(1)),
        (" hours", "How many trains leave?", Fraction(1)),
        (" hours", "Give it in minutes or in hours.", Fraction(1)),
        (" years", "How many months?", Fraction(12)),
        (" dollars", "How many cents are left?", Fraction(100)),
    ],
)
def test_a_unit_of_the_same_kind_counts_with_its_factor(after: str, question: str, factor: Fraction) -> None:
    assert factor_behind(after, question) == factor


@pytest.mark.parametrize(
    ("answer", "completion", "right"),
    [
        ("40", "Answer: 40 minutes", True),
        ("40", "Answer: 40 min", True),
        ("40", "Answer: 2400 seconds", True),
        ("40", "Answer: 40 hours", False),
        ("40", "Answer: 40 seconds", False),
        ("40", "Answer: 40 km", True),
    ],
)
def test_a_value_in_another_unit_is_converted(answer: str, completion: str, right: bool) -> None:
    key = AnswerKey(AnswerType.INTEGER, answer, (), None, MINUTES)
    assert is_right(key, completion.removeprefix("Answer: ")) is right


@pytest.mark.parametrize(
    ("completion", "right"), [("Answer: 1.5 metres", True), ("150 metres are 150 centimetres.", False)]
)
def test_the_quantity_of_the_question_is_not_converted_for_the_writer(completion: str, right: bool) -> None:
    key = AnswerKey(AnswerType.DECIMAL, "1.5", (), 0.005, "How many metres are 150 centimetres?")
    assert (judge_answer(key, completion)[0] is Verdict.CORRECT) is right
