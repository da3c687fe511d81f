"""Which part of a completion is the answer, and by which rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, judge_answer
from skillprobe_core.benchmark.judging.statements import MAX_COMPLETION_CHARACTERS, statements

N, R, D, C = AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL, AnswerType.CHOICE
Q, S, M, T = AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET, AnswerType.TEXT

RIGHT = (
    (N, "7", r"so \boxed{7}", "boxed"),
    (N, "7", r"Answer: 8. Wait: \boxed{9}, no, \boxed{ 7 }.", "boxed"),
    (N, "7", r"$$\boxed{\text{7 apples}}$$", "boxed"),
    (N, "1234", r"\boxed{1{,}234}", "boxed"),
    (N, "7", "7*1=7\nAnswer: 7", "answer_line"),
    (N, "7", "**Final answer:** 7 apples.", "answer_line"),
    (N, "7", "The answer is $7.\nI am sure.", "answer_line"),
    (N, "7", "Answer: 3 + 4 = 7", "answer_line"),
    (N, "7", "Answer: 7 (as 3 + 4 = 7)", "answer_line"),
    (N, "7", "Answer: 7. There were 12 before.", "answer_line"),
    (N, "-7", "the correct answer to this question is \u22127", "answer_line"),
    (N, "7", "Answer (in cm): 7", "answer_line"),
    (N, "7", "#### 7", "answer_line"),
    (N, "7", "**Answer**\n\nAnswer:\n\n  **7**", "answer_line"),
    (N, "7", "3 + 4 = 7", "last_line"),
    (N, "7", "I count 3 and 4, that makes 7 apples.", "last_line"),
    (R, "3/4", r"Answer: $\frac{3}{4}$", "answer_line"),
    (R, "3/2", r"\boxed{1\frac{1}{2}}", "boxed"),
    (R, "3/4", "so it is 0.75", "last_line"),
    (D, "300000000", r"\boxed{3 \times 10^{8}}", "boxed"),
    (D, "2.5", "Answer: 2.5 m/s^2", "answer_line"),
    (C, "B", "Answer: (B) Paris", "answer_line"),
    (C, "B", "A is far too big, so the correct answer is B.", "answer_line"),
    (C, "B", "It can't be (A). It must be (B), I think", "last_line"),
    (C, "B", "A? No.\nB", "last_line"),
    (C, "yes", "Answer: Yes.", "answer_line"),
    (C, "yes", "Yes", "last_line"),
    (Q, "2, 1, 4", "Answer: [2,1,4]", "answer_line"),
    (Q, "2, 1, 4", "The final row is 2, 1, 4.", "last_line"),
    (Q, "2, 1, 4", "We get [1, 2, 4] and at last [2, 1, 4] there.", "last_line"),
    (Q, "2, 1, 4", r"\boxed{(2, 1, 4)}", "boxed"),
    (Q, "2, 1, 4", "So the answer is 2, 1 and 4.", "answer_line"),
    (S, "a, b", "Answer:\n- b\n- a\n\nThat is all.", "answer_line"),
    (S, "a, b", "Answer:\n1. b\n2. a", "answer_line"),
    (S, "none", "Answer: none", "answer_line"),
    (M, "3, 3, 5", "Answer: 3, 5 and 3", "answer_line"),
    (T, "red", "Answer: Red. It was blue before.", "answer_line"),
    (T, "red", "Well.\n\nred\n", "last_line"),
    (T, "J. S. Bach", "Answer: J. S. Bach", "answer_line"),
    (T, "calf", "The word for a young cow is a calf.", "last_line"),
    (T, "sum", "Think of lists.\n\nThe built-in function that adds up a list is `sum`.", "last_line"),
    (T, "August", "July comes first. The month after July is **August**.", "last_line"),
    (T, "zebra", "The animal that is striped is called a zebra.", "last_line"),
    (T, "St. Louis", "The city: St. Louis", "last_line"),
    (C, "insects", "The animal group of the ant is insects.", "last_line"),
    (T, "16:10", "The answer is **16:10**.", "answer_line"),
)
WRONG = (
    (N, "7", "Answer: 17"),
    (N, "7", "Answer: 7 or 17"),
    (N, "7", "Answer: between 6 and 8"),
    (N, "10", "Answer: 10^3"),
    (N, "7", "Answer: 14/2"),
    (C, "A", "Answer: A dog"),
    (C, "B", "Answer: A or B"),
    (Q, "2, 1, 4", "Answer: 2, 1"),
    (S, "a, b", "Answer: a, b, b"),
    (T, "red", "Answer: red or blue"),
    (T, "red", "The colour is not red."),
    (T, "red", "The colour is red or blue."),
    (T, "red", "The colour was red. Now it is blue."),
    (T, "calf", "A calf is not a young sheep."),
)


@pytest.mark.parametrize(("answer_type", "answer", "completion", "rule"), RIGHT)
def test_the_answer_is_found_by_the_stated_rule(answer_type, answer, completion, rule):
    verdict, _, found = judge_answer(AnswerKey(answer_type, answer), completion)
    assert (verdict, found) == (Verdict.CORRECT, rule)


@pytest.mark.parametrize(("answer_type", "answer", "completion"), WRONG)
def test_hedges_and_other_answers_are_wrong(answer_type, answer, completion):
    verdict, extracted, _ = judge_answer(AnswerKey(answer_type, answer), completion)
    assert verdict in (Verdict.WRONG, Verdict.MALFORMED)
    assert extracted is not None


@pytest.mark.parametrize("answer_type", AnswerType)
@pytest.mark.parametrize("completion", ["", " \n\t\n", "4+3=7\nAnswer:", r"7, so \boxed{}", "7 is it. **Answer:** **"])
def test_no_answer_is_unparsed_even_where_a_weaker_rule_would_find_something(answer_type, completion):
    assert judge_answer(AnswerKey(answer_type, "7"), completion)[0] is Verdict.UNPARSED


@pytest.mark.parametrize("answer_type", AnswerType)
def test_the_instruction_repeated_is_no_answer(answer_type):
    repeated = "Stack: 2, 1. Work step by step. End with a line 'Answer: ' and the answer."
    key = AnswerKey(answer_type, "7")
    assert judge_answer(key, repeated)[0] is Verdict.UNPARSED
    assert judge_answer(key, f"Answer: 7\n{repeated}")[0] is Verdict.CORRECT
    assert judge_answer(key, f"{repeated}\nAnswer: '7'")[1] is not None


@pytest.mark.parametrize("answer_type", [N, R, D])
def test_words_alone_state_no_number(answer_type):
    assert judge_answer(AnswerKey(answer_type, "7"), "I do not know.") == (Verdict.UNPARSED, None, "none")


@given(st.integers(), st.text(alphabet="abcdefgh .,\n0123456789", max_size=200))
def test_the_answer_line_wins_over_all_that_comes_before(value, noise):
    for form in ("{}\nAnswer: {}", "{}\n**Answer: {}**", "{}\nThe answer is {}.", "{}\n\\boxed{{{}}}"):
        assert judge_answer(AnswerKey(N, str(value)), form.format(noise, value))[0] is Verdict.CORRECT


@pytest.mark.parametrize(
    "before", ["", "\u00df\u00df\u00df", "\u0130 \ufb01nd", "na\u00efve \u2212 \u201cquoted\u201d"]
)
@pytest.mark.parametrize("cue", ["Answer:", "AN\u017fWER:", "The correct answer is", "####"])
def test_the_cue_is_found_behind_letters_that_fold_to_several(before, cue):
    for after in ("", before):
        verdict, _, rule = judge_answer(AnswerKey(N, "7"), f"{before} 12 {before}\n{cue} 7 {after}")
        assert (verdict, rule) == (Verdict.CORRECT, "answer_line")


@pytest.mark.parametrize(
    ("completion", "text", "rule"),
    [
        ("It is \\boxed{\\frac{1}{2}}.", "\\frac{1}{2}", "boxed"),
        ("\\boxed{3} and \\boxed{5}", "3, 5", "boxed"),
        ("Part one gives \\boxed{3} and part two gives \\boxed{5}", "3, 5", "boxed"),
        ("First \\boxed{3}. Then I add 2. Now \\boxed{5}", "5", "boxed"),
        ("\\boxed{3} was wrong. So \\boxed{5}", "5", "boxed"),
        ("\\boxed{3} is half of it.\n\nAnswer: 6", "6", "answer_line"),
        ("Answer: 3\n\nThat is, \\boxed{3}", "3", "boxed"),
        ("<answer> red </answer>", "red", "answer_tag"),
        ("<answer>The answer is red.</answer>", "red.", "answer_tag"),
        ("<ANSWER>\nred\n</ANSWER> Bye.", "red", "answer_tag"),
        ("<answer>red", "red", "answer_tag"),
        ("Answer: red", "red", "answer_line"),
        ("**Final Answer:** red", "red", "answer_line"),
        ("## Final Answer\n\nred", "red", "answer_line"),
        ("Answer\n\nred", "red", "answer_line"),
        ("Answer 12", "12", "answer_line"),
        ("Final result: 12", "12", "answer_line"),
        ("Output:\n```\n12\n```", "12", "answer_line"),
        ('{"answer": "red"}', "red", "answer_line"),
        ("答案是红色。", "红色。", "answer_line"),
        ("答え：赤", "赤", "answer_line"),
        ("정답은 A 입니다", "A 입니다", "answer_line"),
        ("Answer: - a", "- a", "answer_line"),
        ("Answer:\n- a\n- b\n\nThat is all.", "- a\n- b", "answer_line"),
        ("Answer:\n\n- a\n\n- b\n\nBye.", "- a\n- b", "answer_line"),
        ("Answer:\n\\[\n\\begin{pmatrix}\n1 \\\\\n2\n\\end{pmatrix}\n\\]", None, "answer_line"),
        ("Answer: 12? No, 13.", "13.", "answer_line"),
        ("Answer: 12\n\nWait, I made a mistake, it is 13.", "I made a mistake, it is 13.", "correction"),
        ("\\boxed{12}. Actually it is 13.", "it is 13.", "correction"),
        ("Answer: red\nThe answer is correct because I checked it.", None, "answer_line"),
        ("**red**\n\nRed is the colour of the ball in the end.", "**red**", "first_line"),
        ("B) red\n\nRed is what A) does not have.", "B) red", "first_line"),
        ("Therefore, red is left.\nIt took three swaps.", "Therefore, red is left.", "conclusion"),
        ("It is red.\n\nHope this helps!", "It is red.", "last_line"),
        ("So we get\n[1, 2]", "[1, 2]", "last_line"),
        ("The values are:\n1. 4\n2. 6", "1. 4\n2. 6", "last_line"),
    ],
)
def test_the_statement_that_is_trusted_most(completion, text, rule):
    first = statements(completion)[0]
    assert first.rule == rule
    assert first.stated == (rule in ("boxed", "answer_tag", "answer_line"))
    assert text is None or first.text.strip() == text


@pytest.mark.parametrize(
    "completion",
    ["To answer: we must add.\nIt is 7.", "The answer is correct.\nIt is 7.", "Step 2 answers it.\nIt is 7."],
)
def test_other_uses_of_the_word_are_no_answer_line(completion):
    assert [each for each in statements(completion) if each.stated] == []
    assert judge_answer(AnswerKey(N, "7"), completion)[0] is Verdict.CORRECT


def test_a_retraction_without_another_answer_leaves_none():
    completion = "Answer: 12\n\nWait, that is wrong, I forgot to carry."
    assert judge_answer(AnswerKey(N, "12"), completion)[0] is not Verdict.CORRECT


def test_a_single_step_is_no_answer():
    assert statements("Step 1: 17 - 5 = 12") == []
    assert judge_answer(AnswerKey(N, "12"), "Step 1: 5 + 9 = 14\nStep 2: 14 - 2 = 12")[0] is Verdict.CORRECT


@given(st.text(max_size=400))
def test_any_text_has_statements(completion):
    found = statements(completion)
    assert found == statements(completion)
    assert bool(found) or not completion.strip()


HOSTILE = (
    "9", "1,", "\\boxed{", "{", "answer ", "answer is ", "Answer: ", "(", "1/", "-", "1e", "[[", "is ", "\\frac{", "A",
    " ", "a and ", "\n", ".1", "1.1", "**", "option ", "A\n", "1,234", "\\text{", "\\boxed{}", "####", "(a", "a. B",
    "- a\n", "\u0300", "\\boxed{1}", "answer (", "1 1/2 ",
)  # fmt: skip


@pytest.mark.parametrize("repeated", HOSTILE)
def test_a_megabyte_of_anything_is_read_in_bounded_work(repeated):
    megabyte, answer = repeated * (10**6 // len(repeated)), "Answer: " + repeated * (16_000 // len(repeated))
    assert statements(megabyte) == statements(megabyte[-MAX_COMPLETION_CHARACTERS:])
    assert len(answer) < MAX_COMPLETION_CHARACTERS
    for completion in (megabyte, answer):
        for answer_type in (N, R, C, S, T):
            assert judge_answer(AnswerKey(answer_type, "123456"), completion)[0] is not Verdict.CORRECT


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("| name | age |\n|---|---|\n| Kim | 31 |\n| Bo | 28 |", "Kim: 31\nBo: 28"),
        ("Jobs:\n\n| job |\n|---|\n| a-x |\n| b-x |", "a-x\nb-x"),
        ("So:\nu = 4\nv = 9", "u = 4\nv = 9"),
        ("| step | value |\n|---|---|\n| 1 | 31 |\n| 2 | 28 |", "| 2 | 28 |"),
    ],
)
def test_the_last_line_has_the_rows_that_belong_to_it(text, last):
    assert next(each.text for each in statements(text) if each.rule == "last_line") == last
