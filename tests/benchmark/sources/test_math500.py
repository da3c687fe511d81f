"""MATH-500 in the format of its package."""

from skillprobe_core.benchmark.item_schema import AnswerType, Skill
from skillprobe_core.benchmark.sources.math500 import answer_of
from tests.benchmark.sources.conftest import items


def test_math500_tells_counting_from_calculation_and_answers_by_type(archive):
    def problem(text, boxed, level):
        return {"problem": text, "level": level, "type": None, "solution": f"So \\boxed{{{boxed}}}.", "answer": "?"}

    rows = [problem("Add.", "1{,}234", 1), problem("How many ways?", "6", 2), problem("Half?", "\\frac{1}{2}", 3)]
    rows.append(problem("Expand.", "x^2 - 1", 5))
    counting = [{**rows[1], "problem": "How  many\nways?"}]
    found = items(
        "math500",
        archive(
            {
                "minerva_math_500/gold_bpb_0shot": rows,
                "minerva_math_counting_and_probability/gold_bpb_0shot": counting,
            }
        ),
    )
    assert [(item.skill, item.level, item.answer, item.answer_type) for item in found] == [
        (Skill.CALCULATION, 1, "1234", AnswerType.INTEGER),
        (Skill.ENUMERATION, 2, "6", AnswerType.INTEGER),
        (Skill.CALCULATION, 3, "1/2", AnswerType.RATIONAL),
        (Skill.CALCULATION, 5, "x^2 - 1", AnswerType.EXPRESSION),
    ]
    assert answer_of("no box here") is None
