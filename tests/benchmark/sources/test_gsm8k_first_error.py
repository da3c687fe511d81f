"""First wrong steps derived from GSM8K."""

from fractions import Fraction

import pytest

from skillprobe_core.benchmark.item_schema import Domain, Skill
from skillprobe_core.benchmark.sources import source_named
from skillprobe_core.benchmark.sources.gsm8k_first_error import value_of
from skillprobe_core.benchmark.sources.source import items_from
from tests.benchmark.sources.conftest import EGGS, HOUSE, items


def test_gsm8k_first_error_changes_one_stated_result_and_nothing_else(archive):
    questions = [{**EGGS, "question": f"{EGGS['question']} ({number})"} for number in range(60)]
    found = items("gsm8k_first_error", archive({"gsm8k/gold_bpb_5shot": questions}))
    right = ["Step 1: She sells 16 - 3 - 4 = 9 eggs.", "Step 2: She makes 9 * 2 = $18."]
    assert {item.answer for item in found} == {"0", "1", "2"}
    for item in found:
        steps = item.prompt.splitlines()[1:3]
        wrong = [number for number, (step, true) in enumerate(zip(steps, right, strict=True), 1) if step != true]
        assert wrong == ([int(item.answer)] if item.answer != "0" else [])
        assert "<<" not in item.prompt
        assert (item.skill, item.domain) == (Skill.DIAGNOSTIC, Domain.MATH)


def test_gsm8k_first_error_leaves_out_what_is_wrong_or_unclear_in_the_data(archive):
    false = {**EGGS, "answer": EGGS["answer"].replace("<<16-3-4=9>>", "<<16-3-4=8>>")}
    unannotated = {**EGGS, "answer": "She sells nine eggs.\nShe makes 9 * 2 = $<<9*2=18>>18.\n#### 18"}
    one_line = HOUSE
    assert not items_from(
        source_named("gsm8k_first_error").read(archive({"gsm8k/gold_bpb_5shot": [false, unannotated, one_line]})), "x"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("16-3-4", 9), ("2*(3+4)/7", 2), ("-.5*4", -2), ("1/3+1/3", Fraction(2, 3)), ("5/0", None), ("2x", None),
     ("(2+3", None), ("", None), ("7 - 2 * 3", 1)],
)  # fmt: skip
def test_expressions_are_worked_out_exactly(text, value):
    assert value_of(text) == value
