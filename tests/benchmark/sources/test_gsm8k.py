"""GSM8K in the format of its package."""

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Skill, Split
from skillprobe_core.benchmark.judging.judge import Verdict, judge
from tests.benchmark.sources.conftest import EGGS, HOUSE, items


def test_questions_and_answers_of_gsm8k_become_items(archive):
    first, second = items("gsm8k", archive({"gsm8k/gold_bpb_5shot": [EGGS, HOUSE]}))
    assert (first.skill, first.domain, first.split) == (Skill.CALCULATION, Domain.MATH, Split.EVALUATION)
    assert (first.prompt, first.answer, first.answer_type) == (EGGS["question"], "18", AnswerType.INTEGER)
    assert first.reference == "She sells 16 - 3 - 4 = 9 eggs.\nShe makes 9 * 2 = $18.\nAnswer: 18"
    assert second.answer == "1500"
    assert judge(second, "That makes $1,500.").verdict is Verdict.CORRECT
