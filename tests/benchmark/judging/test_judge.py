"""Verdicts on single completions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType, Item, Split
from skillprobe_core.benchmark.judging.endings import Ending
from skillprobe_core.benchmark.judging.judge import Judgement, Verdict, judge, shows
from skillprobe_core.benchmark.kinds.simulation.ball_swaps import KIND
from skillprobe_core.benchmark.splits import draw


@pytest.fixture(scope="module")
def item() -> Item:
    drawn = draw(KIND, 2, Split.EVALUATION, 0, 0)
    assert drawn is not None
    return drawn


def test_the_reference_is_strictly_correct_and_the_bare_answer_only_correct(item):
    assert judge(item, item.reference) == Judgement(Verdict.CORRECT, True, item.answer, "answer_line")
    assert judge(item, f"Answer: {item.answer}") == Judgement(Verdict.CORRECT, False, item.answer, "answer_line")


def test_evidence_counts_only_in_order_and_only_with_a_right_answer(item):
    states = item.reference.splitlines()[:-1]
    assert not judge(item, "\n".join([*reversed(states), f"Answer: {item.answer}"])).strict
    wrong = judge(item, "\n".join([*states, "Answer: 0"]))
    assert (wrong.verdict, wrong.strict) == (Verdict.WRONG, False)
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
    assert judge(measured, "Answer: 9.8 m/s^2") == Judgement(Verdict.CORRECT, True, "9.8", "answer_line")
    assert judge(measured, "Answer: 9.7").verdict is Verdict.WRONG


@pytest.mark.parametrize(
    ("completion", "evidence", "shown"),
    [
        ("[3, 1, 2] then [3,2,1]", ("3, 1, 2", "3, 2, 1"), True),
        ("**3**, 1, 2", ("3, 1, 2",), True),
        ("13, 1, 2", ("3, 1, 2",), False),
        ("3, 1, 25", ("3, 1, 2",), False),
        ("-3", ("3",), False),
        ("3.5", ("3",), False),
        ("It is 3.", ("3",), True),
        ("Ohm's Law", ("ohm's law",), True),
        ("a b", ("b", "a"), False),
        ("x", (), True),
        ("", ("", "*"), True),
        ("7", ("7",), True),
        ("x7", ("7",), False),
        ("7", ("7", "7"), False),
        ("2+4=6", ("2 + 4 = 6",), True),
        ("- 12-7 = 5\n- 5*2=10", ("12 - 7 = 5", "5 * 2 = 10"), True),
        ("12+4=6", ("2 + 4 = 6",), False),
        ("2+4=65", ("2 + 4 = 6",), False),
        ("4 + 16, 6 + 14", ("4+16", "6+14"), True),
        ("0 - 1, 0 - 3", ("0-1", "0-3"), True),
        ("2 × 3 = 6", ("2 * 3 = 6",), True),
        ("\u2022 v=56 m / s", ("v = 56 m/s",), True),
        ("50 - 1 = 49", ("1", "49"), True),
    ],
)
def test_evidence_is_whole_words_whatever_the_separators(completion, evidence, shown):
    assert shows(completion, evidence) is shown


@given(st.text(max_size=300))
def test_every_completion_gets_one_of_the_verdicts(completion):
    drawn = draw(KIND, 1, Split.TRAIN, 0, 0)
    assert drawn is not None
    judgement = judge(drawn, completion)
    assert judgement.verdict in (Verdict.CORRECT, Verdict.WRONG, Verdict.MALFORMED, Verdict.UNPARSED)
    assert (judgement.extracted is None) == (judgement.verdict is Verdict.UNPARSED)
    assert not judgement.strict or judgement.verdict is Verdict.CORRECT


def test_megabytes_are_judged(item):
    for text in ("1, " * 400_000, "9" * 10**6, f"{item.evidence[0]}\n" * 100_000):
        assert judge(item, text).verdict is Verdict.WRONG or judge(item, text).verdict is Verdict.UNPARSED
