"""A completion that goes on after its answer."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.continuations import own_answer
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer

OTHERS = (
    "\n\nQuestion: What is 3 + 4?\nAnswer: 7",
    "\nQ: What is 3 + 4?\nA: Answer: 7",
    "\n\nWhat is 3 + 4?\nWork step by step. End with a line 'Answer: ' and the answer.\n3 + 4 = 7\nAnswer: 7",
    "\n\nWhat is 3 + 4?\n3 + 4 = 7\nAnswer: 7",
    "\n\nHow many legs do two ants have, if one ant has 6?\n6 + 6 = 12\n\nAnswer: 12",
    "\n\nFind the sum of 3 and 4.\n\n3 + 4 = 7\nAnswer: 7",
    "\nUser: and 3 + 4?\nAssistant: Answer: 7",
    "\n\nHuman: Thanks! What about 3 + 4?\n\nAnswer: 7",
    "<|im_end|>\n<|im_start|>user\n3 + 4?<|im_end|>\nAnswer: 7",
    "\n\n### Question 2: 3 + 4\nAnswer: 7",
    "\n\nProblem 2. Add 3 and 4.\nAnswer: 7",
    "\n\n[INST] 3 + 4 [/INST] Answer: 7",
    "\n\nExercise: 3 + 4\n\\boxed{7}",
    "\nSolve for x: x - 3 = 4\nWork step by step. End with a line 'Answer: ' and the answer.\nAnswer: 7",
)
OWN = (
    "\n\nWait, that is not right. Let me try again.\n\nAnswer: 7",
    "\n\nHmm, did I forget a summand? Yes, one.\nAnswer: 7",
    "\n\nWhat did I miss? One summand.\nAnswer: 7",
    "\n\nIs this right? No, since 3 + 4 = 7.\nAnswer: 7",
    "\nNo, that was a slip.\nAnswer: 7",
    "\n\nSo, after a second look:\n\n**Final answer: 7**",
)


@pytest.mark.parametrize("tail", OTHERS)
@pytest.mark.parametrize("answer", ["Answer: 42", "40 + 2 = 42\nAnswer: 42", "**Answer:** 42", "So it is \\boxed{42}."])
def test_the_first_answer_counts_if_new_questions_follow(answer: str, tail: str) -> None:
    completion = answer + tail
    assert judge_answer(AnswerKey(AnswerType.INTEGER, "42"), completion)[0] is Verdict.CORRECT
    assert judge_answer(AnswerKey(AnswerType.INTEGER, "7"), completion)[0] is Verdict.WRONG


@pytest.mark.parametrize("tail", OWN)
def test_the_last_answer_counts_if_the_writer_corrects_it(tail: str) -> None:
    completion = f"3 + 3 = 6\nAnswer: 6{tail}"
    assert judge_answer(AnswerKey(AnswerType.INTEGER, "7"), completion)[0] is Verdict.CORRECT
    assert judge_answer(AnswerKey(AnswerType.INTEGER, "6"), completion)[0] is Verdict.WRONG


@pytest.mark.parametrize(
    "completion",
    [
        "Question: What is 3 + 4?\n3 + 4 = 7\nAnswer: 7",
        "What is 3 + 4?\nWork step by step. End with a line 'Answer: ' and the answer.\n3 + 4 = 7\nAnswer: 7",
        "First I ask: what is asked for?\nThe sum of 3 and 4.\nAnswer: 7",
    ],
)
def test_a_question_that_is_repeated_first_ends_nothing(completion: str) -> None:
    assert judge_answer(AnswerKey(AnswerType.INTEGER, "7"), completion)[0] is Verdict.CORRECT


@pytest.mark.parametrize(
    "repeated", ["\n\n", "User:", "\nQ:", "What?\n", "Find\n\n", "Work step by step.\n", "?\n", "A"]
)
def test_hostile_texts(repeated: str) -> None:
    text = repeated * 2000
    for answered in (-1, 0, 5):
        assert text.startswith(own_answer(text, answered))
