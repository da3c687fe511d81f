"""Completions that state that a question cannot be answered, and completions that only sound like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.verdicts import cases
from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.abstentions import abstains
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import Ending

N, T, S, C, Q = AnswerType.INTEGER, AnswerType.TEXT, AnswerType.SET, AnswerType.CHOICE, AnswerType.SEQUENCE

ABSTAINS = (
    (N, "Answer: cannot be determined"),
    (N, "Answer: It cannot be determined."),
    (N, "Answer: Not enough information"),
    (N, "Answer: Insufficient information to compute the total."),
    (N, "**Answer:** Unknown"),
    (N, "Answer: unknown (the price of a cup is not given)"),
    (N, "Answer: N/A"),
    (N, "Answer: null"),
    (N, "Answer: None"),
    (N, "Answer: ?"),
    (N, "Answer: undefined"),
    (N, "Answer: indeterminate"),
    (N, "Answer: not determinable"),
    (N, "Answer: I don't know."),
    (N, "Answer: We can't tell."),
    (N, "Answer: There is no way to know."),
    (N, "Answer: no unique answer"),
    (N, "Answer: The question cannot be answered as stated."),
    (N, "Answer: It depends on the starting number."),
    (N, "Answer: depends on the voltage"),
    (N, "Answer: The voltage is not given."),
    (N, "Answer: missing data"),
    (N, "Answer: data missing"),
    (N, "Answer: ambiguous"),
    (N, "Answer: The result depends on the price: 15 + 5p coins."),
    (N, "5 books cost 5 * 3 = 15 coins.\nThe price of a cup is not stated.\nAnswer: cannot be computed"),
    (N, r"\boxed{\text{cannot be determined}}"),
    (N, r"The start is missing, so $\boxed{\text{Not enough information}}$."),
    (N, "<answer>insufficient data</answer>"),
    (N, "#### unknown"),
    (N, "The answer is unknown."),
    (N, "The answer cannot be determined from the information given."),
    (N, "There is not enough information to work out what she pays."),
    (N, "There isn't enough information to solve this."),
    (N, "We do not have enough data to answer."),
    (N, "The problem does not say how much a cup costs."),
    (N, "The question doesn't give the voltage, so the current can't be calculated."),
    (N, "The text never states at which address the array begins."),
    (N, "It is impossible to say, because the initial speed is unspecified."),
    (N, "Without more information we cannot find the total."),
    (N, "More information is needed to find the current."),
    (N, "I'm unable to determine the result, as the first number was not provided."),
    (N, "We are not told what the coat cost at first."),
    (N, "The value of I is missing, so step 1 cannot be checked."),
    (N, "The total price depends on how much one egg costs."),
    (N, "The problem is underdetermined."),
    (N, "The puzzle is ill-posed."),
    (N, "This question is unanswerable."),
    (N, "The first number remains unknown. If it were 3, the result would be 12."),
    (N, "The price of a pen isn't given. If a pen cost 2 coins, the total would be 25 coins."),
    (N, "Books: 5 * 3 = 15.\nCups: 4 * ? coins.\nThe information given is insufficient."),
    (N, "No starting value is given.\nThe result cannot be determined."),
    (N, "Answer:\n\nThe result cannot be determined, since the first number is unknown."),
    (N, "The speed at the start has not been specified. Please provide it, and I can compute the result."),
    (N, "Let p be the price of a cup. The total is 15 + 5p.\nSince p is not given, the total cannot be found."),
    (T, "Answer: unknown"),
    (T, "Gus has a ball of unknown colour, and Eve ends with that ball. Its colour is not stated."),
    (T, "It can't be said which colour the ball has."),
    (T, "Answer: The colour is not specified"),
    (S, "Answer: cannot be determined, because Ivan's free days are not listed"),
    (S, "We do not know when Ivan is free, so the common days cannot be listed."),
    (S, "The compilers are not specified, hence the jobs can't be listed."),
    (S, "The entry at position 2 is unreadable, so the pairs cannot be determined."),
    (Q, "The row is unknown; the final row cannot be given."),
    (Q, "Answer: The strand is not given, so the final strand is indeterminate."),
    (C, "Answer: It is not possible to determine this."),
    (C, "None of this can be decided; there is insufficient context."),
    (N, "Step 1 is illegible, therefore I cannot decide whether it is wrong."),
    (N, "I can't work it out: the first number isn't there."),
    (N, "The answer can't be found because a price is missing."),
    (N, "Total = 5 * 3 + 4 * c, where c is the unknown cost of a cup. Thus the total cannot be known."),
    (N, "As the coefficient of H2 is illegible, one cannot tell if the equation balances."),
)

ANSWERS = (
    (N, "Answer: 45"),
    (N, "The price of a cup is not given, so I assume it is 6.\nAnswer: 45"),
    (N, "Answer: cannot be determined exactly, but probably 12"),
    (N, "It cannot be determined. However, assuming a cup costs 3 coins, the total is 30."),
    (N, "Let x be unknown. 9x + 13 = 85 gives x = 8.\nAnswer: 8"),
    (N, "The unknown number is 8."),
    (N, "The result depends on the last digit in every step. 38 - 2 = 36, 36 - 2 = 34. The result is 34."),
    (N, "Each step depends on the one before.\nAnswer: 34"),
    (N, "Answer: 15 (the price of a cup is not given)"),
    (N, "Answer: 0"),
    (N, "There is none, so the answer is 0."),
    (N, "The voltage is not stated. Let's take 12 V. Then the current is 12 / 4 = 3."),
    (N, "I do not know the price of a cup, so my best guess is 45."),
    (N, "The speed cannot be negative. So v = 37."),
    (N, "This cannot be wrong: 2 + 2 = 4. Step 2 is the first wrong one.\nAnswer: 2"),
    (N, "Step 3 cannot be right.\nAnswer: 3"),
    (N, "There are not enough chairs: 3 are missing."),
    (N, "Nothing is missing. The total is 45."),
    (N, "Not 12 but 13."),
    (N, "No, wait. It is 13."),
    (N, "We need more steps: 3 + 4 = 7."),
    (N, "The price is not given directly, but follows: 30 / 5 = 6. So the answer is 6."),
    (N, "Without the discount, the total would be 50. With it, the total is 45."),
    (N, "I was not sure at first, but the result is 45."),
    (N, "Is it 45? Yes, 45."),
    (N, "What is not given is easily found.\n5 * 3 = 15\nAnswer: 15"),
    (N, "The problem does not say that the order matters. 3 * 2 = 6."),
    (N, "The starting number isn't specified, so we take 0. After 2 steps it is 12."),
    (N, "The first price is missing; using 1 coin, the total equals 20."),
    (N, "Unlike before, the result is 12."),
    (N, "Until step 4 nothing is wrong.\nAnswer: 4"),
    (N, ""),
    (N, "12"),
    (N, "\\boxed{45}"),
    (N, "I cannot see an error in step 1 or 2.\nAnswer: 3"),
    (N, "The total is unknown at first. 5 * 3 = 15. 15 + 30 = 45. So the total is 45."),
    (N, "It depends on the price. With the usual price of 2 coins, the answer is 25."),
    (T, "Answer: white"),
    (T, "Gus's ball is not named, presumably it is the white one."),
    (T, "The colour of Gus's ball is not stated. I would guess that it is white."),
    (T, "I don't know for sure, but most likely white."),
    (T, "Eve does not have the red ball. She has the white ball."),
    (S, "Answer: none"),
    (S, "Answer: nothing"),
    (S, "Ivan is not free on Monday. Both are free on Friday."),
    (S, "Answer: redis-mac, mysql-bsd"),
    (S, "redis does not work with bsd, so that job is missing.\nAnswer: redis-mac"),
    (Q, "Answer: 4, 3, 2, 1"),
    (C, "Answer: B"),
    (C, "A cannot be the answer, C is not possible.\nAnswer: B"),
    (C, "The answer is B) insufficient.\nAnswer: B"),
    (N, "Answer: 3\n\nNote: the question does not say if tax is included."),
    (N, "The unknown is found by division: 72 / 9 = 8"),
    (N, "So x is not 7, it is 8."),
    (N, "No carrying is needed. 12 + 13 = 25."),
)


@pytest.mark.parametrize(("kind", "completion"), ABSTAINS, ids=lambda value: str(value)[:40])
def test_it_abstains(kind: AnswerType, completion: str) -> None:
    assert abstains(AnswerKey(kind, "7"), completion)


@pytest.mark.parametrize(("kind", "completion"), ANSWERS, ids=lambda value: str(value)[:40])
def test_it_answers(kind: AnswerType, completion: str) -> None:
    assert not abstains(AnswerKey(kind, "7"), completion)


def test_the_corpus_is_large_enough_each_way() -> None:
    assert min(len(set(ABSTAINS)), len(set(ANSWERS))) >= 40


def test_none_is_an_answer_where_the_question_says_so() -> None:
    asked = "Which step is the first wrong one? If there is none, answer 0."
    assert not abstains(AnswerKey(N, "2", question=asked), "Answer: none")
    assert abstains(AnswerKey(N, "2", question="How many coins does she pay?"), "Answer: none")


def test_a_cut_completion_abstains_only_in_a_marked_answer() -> None:
    key = AnswerKey(N, "7")
    assert not abstains(key, "The price is not given, so it cannot be", ending=Ending.CUT)
    assert abstains(key, "Answer: unknown\n\nThis is because", ending=Ending.CUT)


@given(
    st.integers(-10_000, 10_000), st.sampled_from(["Answer: {}", "The answer is {}.", r"\boxed{{{}}}", "So it is {}."])
)
def test_a_number_as_the_final_answer_is_no_abstention(value: int, form: str) -> None:
    completion = f"The price of a cup is not given, and the total cannot be determined from that.\n{form.format(value)}"
    assert not abstains(AnswerKey(N, "7"), completion)


@given(st.text(alphabet="an not given know cant?.,\nAnswer: 12", max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert abstains(AnswerKey(N, "7"), text) in (True, False)


def test_completions_of_real_models_that_answer_are_not_read_as_abstentions() -> None:
    """The corpus of labelled completions holds answerable questions: none of its right answers abstains."""
    read = [case for case in cases() if abstains(case.key, case.completion)]
    assert not [case.id for case in read if case.right]
    assert len(read) <= len(cases()) / 200
