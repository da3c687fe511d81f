"""Verdicts on single completions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType, Item, Split
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.endings import Ending
from skillprobe_core.benchmark.judging.judge import Judgement, Verdict, judge, judge_answer
from skillprobe_core.benchmark.kinds.simulation.ball_swaps import KIND
from skillprobe_core.benchmark.splits import draw


@pytest.fixture(scope="module")
def item() -> Item:
    drawn = draw(KIND, 2, Split.EVALUATION, 0, 0)
    assert drawn is not None
    return drawn


def test_the_reference_shows_its_steps_and_the_bare_answer_is_only_correct(item):
    assert judge(item, item.reference) == Judgement(Verdict.CORRECT, True, item.answer, "answer_line")
    assert judge(item, f"Answer: {item.answer}") == Judgement(Verdict.CORRECT, False, item.answer, "answer_line")


def test_steps_count_only_in_order_and_only_with_a_right_answer(item):
    states = item.reference.splitlines()[:-1]
    assert not judge(item, "\n".join([*reversed(states), f"Answer: {item.answer}"])).shows_steps
    wrong = judge(item, "\n".join([*states, "Answer: 0"]))
    assert (wrong.verdict, wrong.shows_steps) == (Verdict.WRONG, False)
    assert judge(item, "\n".join(states[:-1])).verdict is Verdict.WRONG


def test_no_answer_is_unparsed_not_wrong(item):
    assert judge(item, "") == Judgement(Verdict.UNPARSED, False, None, "none")
    assert judge(item, "\n".join([*item.evidence, "Answer:"])).verdict is Verdict.UNPARSED


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize(
    ("completion", "ended", "cut"),
    [
        ("3 + 4 is 7", Verdict.CORRECT, Verdict.TRUNCATED),
        ("3 + 4 is 8", Verdict.WRONG, Verdict.TRUNCATED),
        ("Let us see", Verdict.UNPARSED, Verdict.TRUNCATED),
        ("Answer:", Verdict.UNPARSED, Verdict.TRUNCATED),
        ("\\boxed{", Verdict.UNPARSED, Verdict.TRUNCATED),
        ("Answer: 7", Verdict.CORRECT, Verdict.CORRECT),
        ("Answer: 8", Verdict.WRONG, Verdict.WRONG),
        ("so \\boxed{8} and", Verdict.WRONG, Verdict.WRONG),
        ("Answer: unclear", Verdict.MALFORMED, Verdict.MALFORMED),
        ("\\boxed{\\text{none of these}}", Verdict.MALFORMED, Verdict.MALFORMED),
        ("The answer is not known.", Verdict.MALFORMED, Verdict.MALFORMED),
    ],
)
def test_without_an_answer_line_a_completion_is_judged_only_if_it_ended(item, completion, ended, cut, ending):
    number = item._replace(answer_type=AnswerType.INTEGER, answer="7", accepted=(), evidence=())
    judgement = judge(number, completion, ending=ending)
    assert judgement.verdict is (ended if ending is Ending.ENDED else cut)
    assert (judgement.extracted is None) == (judgement.verdict in (Verdict.UNPARSED, Verdict.TRUNCATED))


def test_an_alias_that_can_be_read_is_not_malformed(item):
    either = item._replace(answer_type=AnswerType.SET, answer="1, 2", accepted=("one, two",), evidence=())
    assert judge(either, "Answer: two, one").verdict is Verdict.CORRECT
    assert judge(either, "Answer: two, three").verdict is Verdict.WRONG
    assert judge(either._replace(accepted=()), "Answer: the two roots").verdict is Verdict.MALFORMED


def test_aliases_and_tolerance_come_from_the_item(item):
    named = item._replace(answer_type=AnswerType.TEXT, answer="Au", accepted=("gold",), evidence=())
    assert judge(named, "Answer: Gold").verdict is Verdict.CORRECT
    measured = item._replace(answer_type=AnswerType.DECIMAL, answer="9.81", tolerance=0.02, evidence=())
    assert judge(measured, "Answer: 9.8 m/s^2") == Judgement(Verdict.CORRECT, None, "9.8", "answer_line")
    assert judge(measured, "Answer: 9.7").verdict is Verdict.WRONG


@given(st.text(max_size=300))
def test_every_completion_gets_one_of_the_verdicts(completion):
    drawn = draw(KIND, 1, Split.TRAIN, 0, 0)
    assert drawn is not None
    judgement = judge(drawn, completion)
    assert judgement.verdict in (Verdict.CORRECT, Verdict.WRONG, Verdict.MALFORMED, Verdict.UNPARSED)
    assert (judgement.extracted is None) == (judgement.verdict is Verdict.UNPARSED)
    assert not judgement.shows_steps or judgement.verdict is Verdict.CORRECT


def test_megabytes_are_judged(item):
    for text in ("1, " * 400_000, "9" * 10**6, f"{item.evidence[0]}\n" * 100_000):
        assert judge(item, text).verdict is Verdict.WRONG or judge(item, text).verdict is Verdict.UNPARSED


@pytest.mark.parametrize(
    ("answer_type", "answer", "question", "completion", "verdict"),
    [
        (
            AnswerType.MULTISET,
            "A, C, C",
            "The marks of three boys are C, A and C. List the marks.",
            "The marks of three boys are C, A and C.",
            Verdict.UNPARSED,
        ),
        (
            AnswerType.RATIONAL,
            "1/4",
            "Write 0.25 as a fraction in lowest terms.",
            "0.25 as a fraction in lowest terms",
            Verdict.UNPARSED,
        ),
        (
            AnswerType.RATIONAL,
            "1/4",
            "Write 0.25 as a fraction in lowest terms.",
            "0.25 as a fraction is 1/4",
            Verdict.CORRECT,
        ),
        (AnswerType.MULTISET, "A, C, C", "The marks are C, A and C. List the marks.", "C, A and C", Verdict.CORRECT),
        (
            AnswerType.TEXT,
            "the opposite of loud",
            "Say this: the opposite of loud.",
            "The opposite of loud.",
            Verdict.CORRECT,
        ),
    ],
)
def test_the_question_given_back_is_not_an_answer(answer_type, answer, question, completion, verdict):
    assert judge_answer(AnswerKey(answer_type, answer, question=question), completion)[0] is verdict
