"""`skillprobe.judge` gives the verdicts of the pipeline."""

import doctest
import random

import polars as pl
import pytest

import skillprobe
from skillprobe import SkillprobeError
from skillprobe_core.benchmark.item_schema import AnswerType, Item, Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw
from skillprobe_core.measurements.items.items_table import ITEMS
from skillprobe_core.measurements.verdicts.judge_generations import verdicts
from skillprobe_core.models.backend import SamplingSettings
from skillprobe_core.models.reasoning_markers import divided

MARKERS = SamplingSettings().reasoning


def texts_for(item: Item) -> list[str]:
    """Right, wrong, unreadable, looping and thinking completions."""
    wrong = random.Random(item.item_id).choice(["17", "b", "1, 2", "blue", "seven", "x^2"])
    return [
        item.reference, f"Answer: {item.answer}", f"Answer: {wrong}", wrong, "", "I do not know",
        f"<think>{wrong}</think>Answer: {item.answer}", f"<think>Answer: {item.answer}", "again and " * 60,
        f"{wrong}</think>Answer: {item.answer}", f"Answer: {item.answer} <think>",
    ]  # fmt: skip


def test_it_agrees_with_the_table_of_verdicts_on_every_kind() -> None:
    items = [item for kind in KINDS if (item := next(_drawn(kind), None))]
    rows, found = [], []
    for item in items:
        for text in texts_for(item):
            for reason in ("stop", "stop_text", "length", "too_long"):
                reasoning, answer = divided(text, MARKERS)
                rows.append({
                    "model": "m", "step": 1, "item_set": "set", "item_id": item.item_id, "sample": len(rows),
                    "reading": "fair", "completion": answer, "reasoning": reasoning, "finish_reason": reason,
                    "sampling": SamplingSettings().row_canonical(),
                })  # fmt: skip
                found.append(
                    skillprobe.judge(
                        item.answer_type, item.answer, text, item.accepted, item.tolerance, item.prompt, reason
                    )
                )
    table = ITEMS.conform(pl.DataFrame([{"item_set": "set"} | item._asdict() for item in items]))
    pipeline = verdicts(pl.DataFrame(rows, schema_overrides={"reasoning": pl.String}), table)
    assert pipeline["verdict"].to_list() == [str(each.verdict) for each in found]
    assert pipeline["extracted"].to_list() == [each.extracted for each in found]
    assert pipeline["rule"].to_list() == [each.rule for each in found]
    assert pipeline["ending"].to_list() == [None if each.ending is None else str(each.ending) for each in found]
    assert {*pipeline["verdict"]} >= {"correct", "wrong", "malformed", "unparsed", "truncated", "too_long"}
    assert {*pipeline["ending"]} == {"ended", "cut", "looped", "thinking", None}


def _drawn(kind):
    return (item for n in range(20) if (item := draw(kind, 1, Split.EVALUATION, 0, n)))


def test_its_result_reads_as_text() -> None:
    judged = skillprobe.judge("integer", "42", "12 + 30 = 42\nAnswer: 42")
    assert (judged.verdict, judged.extracted, judged.rule, judged.ending) == ("correct", "42", "answer_line", "ended")
    assert judged.correct
    assert skillprobe.judge("integer", "42", "so 12 + 30 is 4", finish_reason="length").verdict == "truncated"
    assert skillprobe.judge("text", "Paris", "Answer: Lutetia", accepted=["lutetia"]).correct
    assert skillprobe.judge("decimal", "3.14", "Answer: 3.1", tolerance=0.05).correct
    assert not skillprobe.judge("decimal", "3.14", "Answer: 3.1", tolerance=0.01).correct


def test_formulas_are_compared_as_in_the_pipeline() -> None:
    pytest.importorskip("math_verify")
    assert skillprobe.judge("expression", "(x+1)^2", "Answer: $x^2 + 2x + 1$").correct


def test_a_plain_answer_needs_no_question() -> None:
    for answer_type in AnswerType:
        without = skillprobe.judge(answer_type, "4", "Answer: 4")
        assert without == skillprobe.judge(answer_type, "4", "Answer: 4", question="What is 2 + 2?")


def test_the_question_decides_what_a_number_counts() -> None:
    in_millions = "How many million people live there?"
    assert skillprobe.judge("integer", "5", "Answer: 5 million", question=in_millions).correct
    assert not skillprobe.judge("integer", "5", "Answer: 5 million", question="How many people live there?").correct


def test_the_examples_of_its_docstring() -> None:
    tests = doctest.DocTestFinder().find(skillprobe.judge, "judge", globs={})
    assert sum(doctest.DocTestRunner().run(test).attempted for test in tests) >= 3
    assert not any(doctest.DocTestRunner().run(test).failed for test in tests)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"answer_type": "number"}, r"unknown answer type 'number'[\s\S]*integer, rational"),
        ({"accepted": "four"}, r"accepted=\['four'\]"),
        ({"tolerance": -1.0}, "tolerance -1.0"),
        ({"tolerance": float("nan")}, "tolerance nan"),
        ({"finish_reason": "eos"}, r"unknown finish reason 'eos'[\s\S]*stop, stop_text, length, loop, too_long"),
    ],
)
def test_wrong_arguments_are_named_with_the_remedy(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(SkillprobeError, match=says):
        skillprobe.judge(**{"answer_type": "integer", "key": "4", "completion": "4"} | arguments)
