"""Sentences that name the first wrong step, line or claim, or say that there is none."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.judging.readers.numbered import (
    asks_for_first,
    first_faulty_line,
    numbered_thing,
    only_calls_sound,
)
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import Split, draw

QUESTION = (
    "Check this calculation. Step 1: 9 + 4 = 13. Step 2: 13 - 6 = 8. Step 3: 8 * 5 = 40. Step 4: 40 / 4 = 10. "
    "Which step is the first wrong one? If there is none, answer 0."
)
NAMES_TWO = [
    "13 - 6 is 7, not 8, so the second step is wrong.",
    "The mistake is in step 2, since step 1 gave 13.",
    "Step 2 is incorrect: 13 - 6 = 7.",
    "Step 1 is fine, but step 2 isn't.",
    "Steps 3 and 4 follow from what came before; the error is in step (2).",
    "In step 2 the result should be 7, not 8.",
    "The first wrong step is number 2.",
    "The first step with a mistake is the second one.",
    "It goes wrong at step #2.",
    "Since step 1 gave 13, step 2 should be 7.",
    "Step 2, which starts from the result of step 1, is wrong.",
    "The second step contains an error, which makes steps 3 and 4 wrong as well.",
    "Step 2: 13 - 6 is 7 and not 8.",
    "There is no mistake in step 1, but there is one in step 2.",
    "Everything is right until step 2, where 13 - 6 should be 7.",
    "Step 2.",
    "The 2nd step is the first wrong one.",
    "Step 1 holds. Step 2 does not: 13 - 6 makes 7.",
    "Step 1 looks odd, but I'd go for step 2.",
    "Step 2 is the first: 13 - 6 is 7. Step 4 is wrong as well.",
    "The first mistake happens with the second step.",
    'Step 2 fails. For step 1, "every step is right" holds.',
]
NAMES_NONE = [
    "No step is wrong.",
    "None of the steps is wrong.",
    "There is no wrong step.",
    "Every step is correct.",
    "All four steps are correct.",
    "All of the steps check out, so there is no mistake.",
    "Everything checks out.",
    "There are no errors in this calculation.",
    "I recomputed each line: not a single step is wrong.",
]
NAMES_NOTHING_CLEARLY = [
    "Either step 2 or step 3 is wrong.",
    "Perhaps step 2 is wrong.",
    "Step 2 or 3 is wrong.",
    "I looked at step 1, step 2 and step 3.",
    "All steps except one are correct.",
]


def verdict(text: str, answer: str, question: str = QUESTION) -> Verdict:
    return judge_answer(AnswerKey(AnswerType.INTEGER, answer, question=question), text)[0]


@pytest.mark.parametrize("text", NAMES_TWO)
@pytest.mark.parametrize("lead", ["", "I went through the calculation.\n\n", "Answer: "])
def test_the_step_that_is_called_wrong_is_the_answer(text: str, lead: str) -> None:
    assert verdict(lead + text, "2") is Verdict.CORRECT
    for other in "0134":
        assert verdict(lead + text, other) is not Verdict.CORRECT


@pytest.mark.parametrize("text", NAMES_NONE)
@pytest.mark.parametrize("lead", ["", "I went through the calculation.\n\n"])
def test_none_is_zero(text: str, lead: str) -> None:
    assert verdict(lead + text, "0") is Verdict.CORRECT
    for other in "1234":
        assert verdict(lead + text, other) is not Verdict.CORRECT


@pytest.mark.parametrize("text", NAMES_NOTHING_CLEARLY)
def test_an_unclear_sentence_names_nothing(text: str) -> None:
    assert numbered_thing(text) is None


@pytest.mark.parametrize("text", [*NAMES_TWO, *NAMES_NONE])
def test_other_questions_are_read_by_their_numbers_alone(text: str) -> None:
    plain = "What is 13 - 6?"
    assert not asks_for_first(plain)
    assert verdict(text, "0", plain) is not Verdict.CORRECT


def test_every_kind_with_an_answer_of_none_asks_so() -> None:
    """All wordings of the kinds whose answer may be 0 for `none` are recognised."""
    asked = {}
    for kind in KINDS:
        if kind.skill != "diagnostic":
            continue
        items = [draw(kind, 2, Split.EVALUATION, 0, index) for index in range(12)]
        asked[kind.name] = {asks_for_first(item.prompt) for item in items if item is not None}
    assert {name for name, found in asked.items() if found != {True}} == set()


@pytest.mark.parametrize("size", [50, 5_000])
def test_long_lines_are_read_in_bounded_time(size: int) -> None:
    for text in ("step 1 " * size, "no step " * size, "the first " * size, "(1) " * size, ", which " * size):
        numbered_thing(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Step 3 is wrong. Step 6 is also wrong.", "3"),
        ("All steps are correct except for step 4.", "4"),
        ("Neither step contains a mistake.", "0"),
        ("All equations balance.", "0"),
        ("The code never differs from the plan.", "0"),
        ("There are no overlaps in either room.", "0"),
        ("(2) isn't balanced, (3) is balanced.", "2"),
        ("step 1: fine\nstep 2: wrong\nstep 3: fine", "2"),
        ("Step 1: \u2713\nStep 2: \u2713\nStep 3: \u2717 (it is 71)", "3"),
        ("Line 1: right. Line 2: wrong. Line 3: right.", "2"),
        ("line 1: correct\nline 2: correct", "0"),
    ],
)
def test_verdicts_on_several_things_name_the_first_fault(text, answer):
    question = "Which step is the first wrong one? If there is none, answer 0."
    assert verdict(text, answer, question) is Verdict.CORRECT


@pytest.mark.parametrize(
    "text",
    [
        "step 1: wrong\nstep 2: right",
        "Only step 2 is right.",
        "Step 2 is justified.",
        "The second step is right, the third is not.",
        "Step 1 is wrong. So is it.",
    ],
)
def test_a_thing_that_is_called_right_is_not_the_answer(text):
    assert verdict(text, "2", "Which step is the first wrong one? If there is none, answer 0.") is not Verdict.CORRECT


@pytest.mark.parametrize(
    "lines", [["Step 2: wrong", "Step 3: right"], ["Step 1: wrong"], ["Step 1: 4 + 4", "Step 2: wrong"]]
)
def test_lines_that_do_not_judge_every_thing_from_the_first_are_not_verdicts(lines):
    assert first_faulty_line(lines) is None


def test_only_a_sentence_without_a_fault_calls_sound():
    assert only_calls_sound("Step 2 is right.")
    assert not only_calls_sound("Step 2 is right but step 3 is wrong.")
    assert not only_calls_sound("All is fine until step 3.")
