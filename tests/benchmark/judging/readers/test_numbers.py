"""Numbers: asserted in every style, compared by value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, is_right, judge_answer

NUMERIC = (AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL)
N, R, D = NUMERIC
# Completions that state the key.
RIGHT = (
    (N, '12', 'Answer: 12 apples'),
    (N, '12', 'Answer: **12** apples (3 boxes of 4)'),
    (N, '12', 'Answer: There are 12 of them.'),
    (N, '12', 'Answer: 12, because 3 * 4 = 12'),
    (N, '12', 'Answer: 3 * 4 = 12, which is even'),
    (N, '12', 'Answer: twelve'),
    (N, '-12', 'Add 4: 2x = -24. Divide by 2: x = -12.'),
    (N, '12', 'Answer: 12! That was easy.'),
    (N, '1200', 'Answer: 12 hundred'),
    (N, '-12', 'Answer: (-12)'),
    (N, '12', 'Answer: 24 over 2 is 12'),
    (N, '12', 'I first thought of a sum, but it is 12.'),
    (N, '12', 'Answer: Twelve (12)'),
    (N, '12', 'Answer: a dozen'),
    (N, '12', 'Answer: It is the number 12.'),
    (N, '12', 'The total number of apples that Ann has is 12.'),
    (N, '12', 'So Ann has 12 apples.'),
    (N, '12', 'Answer: 12 km/h'),
    (N, '12', 'Answer: 12 m/s^2'),
    (N, '12', 'Answer: $12\\,\\text{m/s}^2$'),
    (N, '12', 'Answer: \\(12\\). This is the value after 3 steps.'),
    (N, '12', 'Answer: 12 - the third value'),
    (N, '12', 'Answer: 12 — since 5 + 7 = 12'),
    (N, '12', 'Answer: Step 12'),
    (N, '12', 'Answer: step 12: 3 + 4 = 8 is wrong'),
    (N, '12', 'Answer: 12th line'),
    (N, '3', 'Answer: the third one'),
    (N, '3', 'Answer: Statement 3 contradicts statements 1 and 2.'),
    (N, '3', 'Answer: Statement 3 is the first false one, it should say 17.'),
    (N, '3', 'Answer: (3)'),
    (N, '3', 'Answer: #3'),
    (N, '3', 'Answer: No. 3'),
    (N, '3', 'Answer: line 3 (y = 8, not 9)'),
    (N, '3', 'Answer: 3. y = 2 * 4 = 8, not 9'),
    (N, '3', 'The first mistake is in line 3, where 4 + 5 is given as 10.'),
    (N, '3', 'Line 3 is the first wrong line.'),
    (N, '0', 'Answer: 0 (no mistakes)'),
    (N, '0', 'Answer: None'),
    (N, '0', 'Answer: There is none, so 0.'),
    (N, '0', 'Answer: zero'),
    (N, '-4', 'Answer: -4'),
    (N, '-4', 'Answer: minus 4'),
    (N, '-4', 'Answer: negative four'),
    (N, '-4', 'Answer: −4'),
    (N, '-4', 'x = -4'),
    (N, '-4', 'Therefore x = -4.'),
    (N, '-4', 'Answer: x=-4.'),
    (N, '-4', 'The solution is $x = -4$.'),
    (N, '2169711', 'Answer: 2,169,711'),
    (N, '2169711', 'Answer: 2 169 711'),
    (N, '2169711', 'Answer: 2.169.711'),
    (N, '2169711', "Answer: 2'169'711"),
    (N, '2169711', 'Answer: 2\u202f169\u202f711'),
    (N, '2169711', 'Answer: $2{,}169{,}711$'),
    (N, '54', 'Answer: 54 min'),
    (N, '54', 'Answer: 11:02 - 10:08 = 54 minutes'),
    (N, '54', 'From 10:08 to 11:02 it is 54 minutes.'),
    (N, '54', 'The film lasts 54 minutes, i.e. less than 1 hour.'),
    (N, '54', 'Answer: The film lasts from 10:08 to 11:02, so 54 minutes.'),
    (N, '5', 'We get 5.\n\nHope that helps!'),
    (N, '5', '**5**\n\nExplanation: 2 + 3 = 5 and 7 is too large.'),
    (N, '5', 'Therefore, the answer is 5.\n\nNote: 7 would be too large.'),
    (N, '5', '<answer>5</answer>'),
    (N, '5', '<answer>\n5 apples\n</answer>'),
    (N, '5', 'Final answer: 5'),
    (N, '5', '### Final Answer\n\n5'),
    (N, '5', '**Final Answer:**\n\n$$5$$'),
    (N, '5', 'The final answer is:\n\\[ 5 \\]'),
    (N, '5', 'Answer: \\[5\\]'),
    (N, '5', 'Answer: 5 ✅'),
    (N, '5', 'Answer=5'),
    (N, '5', 'ANSWER IS 5'),
    (N, '5', 'The answer to the question is therefore 5 apples.'),
    (N, '5', '5'),
    (N, '5', '5.'),
    (N, '5', '= 5'),
    (N, '5', '答案是5'),
    (N, '5', '答案：5个'),
    (N, '5', '所以答案是 5。'),
    (N, '5', '정답은 5입니다.'),
    (N, '5', '答えは5です。'),
    (N, '5', '一共五个'),
    (N, '5', 'Answer: 4\nWait, I made a mistake: I forgot one.\nAnswer: 5'),
    (N, '5', 'Answer: 4? No, 5'),
    (N, '5', "Answer: 4. Actually, it's 5."),
    (N, '5', 'Answer: not 4 but 5'),
    (N, '5', '\\boxed{4} was the first try, but that is wrong. The answer is \\boxed{5}.'),
    (N, '5', "Answer: 5\n\nWhat is 3 + 4?\nWork step by step. End with a line 'Answer: ' and the answer.\nAnswer: 7"),
    (N, '5', 'Answer: 5\n\nQuestion: How many legs do 3 dogs have?\nAnswer: 12'),
    (N, '5', '2 + 3 = 5\nAnswer: 5\nHuman: thanks! and 3 + 4?\nAssistant: Answer: 7'),
    (N, '5', 'Answer: 5\n\nHow many legs does a spider have?\n8\n\nAnswer: 8'),
    (N, '5', 'Answer: 5\n\nFind the sum of 3 and 4.\n3 + 4 = 7\nAnswer: 7'),
    (N, '5', 'Answer: 5 out of 7'),
    (N, '5', 'Answer: 5 of the 7 boxes'),
    (N, '5', 'Answer: 5 coins'),
    (N, '5', 'I count 1, 2, 3, 4, 5, so 5.'),
    (N, '5', '{"answer": 5}'),
    (N, '5', '{"answer": "5"}'),
    (N, '5', '```json\n{"answer": 5}\n```'),
    (N, '5', 'Answer: 5.00'),
    (N, '5', 'Answer: \\$5'),
    (N, '5', 'Answer: $5'),
    (N, '5', 'Answer: 5€'),
    (N, '5', 'Answer: approximately 5'),
    (N, '5', 'Answer: exactly 5'),
    (N, '5', 'Answer: only 5'),
    (N, '5', 'Answer: 5!'),
    (N, '5', 'Answer: I think it is 5.'),
    (N, '12', 'In total, Ann has 12 apples. She had 5 before and bought 7.'),
    (N, '12', 'Answer: 12\nShe had 5 before and bought 7.'),
    (N, '12', 'Answer:\n- 12'),
    (N, '12', 'Answer:\n\n> 12'),
    (N, '12', '**Answer**: 12'),
    (N, '12', '*Answer:* 12'),
    (N, '12', '__Answer:__ 12'),
    (N, '12', 'The correct answer is: **12**'),
    (N, '12', 'My answer: 12'),
    (N, '12', 'Thus the answer should be 12.'),
    (N, '12', 'So the result is 12 (4 groups of 3).'),
    (N, '30', '30 minutes'),
    (N, '30', 'It takes 30 minutes.'),
    (N, '30', 'Answer: 0.5 h = 30 min'),
    (N, '30', 'Answer: half an hour, i.e. 30 minutes'),
    (N, '717', 'Answer: 7000 - 6283 = 717'),
    (N, '717', 'Answer: The change is 7000 - 6283 = 717 coins.'),
    (N, '717', 'She pays 6283 coins and gets 717 coins back.\n\nAnswer: 717'),
    (R, '5/6', 'Answer: 5/6'),
    (R, '5/6', 'Answer: $\\dfrac56$'),
    (R, '5/6', 'Answer: \\cfrac{5}{6}'),
    (R, '5/6', 'Answer: five sixths'),
    (R, '5/6', 'Answer: 0.8333...'),
    (R, '5/6', 'Answer: 10/12'),
    (R, '5/6', 'Answer: 5/6 (≈ 0.83)'),
    (R, '5/6', 'Answer: 5/6, or about 0.83'),
    (R, '5/6', 'Answer: \\( \\frac{5}{6} \\) of the cake'),
    (R, '5/6', 'Answer: $\\frac{5}{6}$ A'),
    (R, '5/6', '\\boxed{\\frac{5}{6}\\text{ A}}'),
    (R, '5/6', 'The current is 5/6 A, since I = V / R = 10 / 12.'),
    (R, '-5/6', 'Answer: $-\\frac{5}{6}$'),
    (R, '-5/6', 'Answer: -5/6'),
    (R, '-5/6', 'Answer: \\frac{-5}{6}'),
    (R, '11/6', 'Answer: 1 5/6'),
    (R, '11/6', 'Answer: 1 and 5/6'),
    (R, '11/6', 'Answer: $1\\frac{5}{6}$'),
    (R, '11/6', 'Answer: 1⅚'),
    (R, '0.25', 'Answer: 25%'),
    (R, '1/4', 'Answer: 25 percent'),
    (R, '1/4', 'Answer: a quarter'),
    (R, '1/4', 'Answer: one fourth'),
    (R, '1/2', 'Answer: half'),
    (R, '1/2', 'Answer: one half'),
    (D, '205.83', 'Answer: 205.83 coins'),
    (D, '205.83', 'Answer: 205,83 coins'),
    (D, '205.83', 'Answer: about 205.83 (exactly 205.8297)'),
    (D, '205.83', 'The price is then 189.27 * 0.96 * 0.96 * 1.18 = 205.83.'),
    (D, '1205.83', 'Answer: 1,205.83'),
    (D, '1205.83', 'Answer: 1.205,83'),
    (D, '1205.83', 'Answer: 1 205,83'),
    (D, '10.28', 'Answer: c = 10.28 g/L'),
    (D, '10.28', 'Answer: $10.28\\ \\mathrm{g/L}$'),
    (D, '10.28', 'Answer: 10.28 g L^{-1}'),
    (D, '10.28', 'Answer: The concentration is 1264/123 = 10.28 g/L.'),
    (D, '10.28', 'Answer: 10.28 g/L (to two decimals)'),
    (D, '300000000', 'Answer: 3.0 \\cdot 10^{8} m/s'),
    (D, '300000000', 'Answer: 3 × 10⁸'),
    (D, '300000000', 'Answer: 300 million'),
)  # fmt: skip
# Completions that contain the key, but state something else, or nothing.
WRONG = (
    (N, '12', 'Answer: not 12'),
    (N, '12', 'Answer: 12 or 13'),
    (N, '12', 'Answer: between 12 and 14'),
    (N, '12', 'Answer: more than 12'),
    (N, '12', 'Answer: at least 12'),
    (N, '12', 'Answer: 12 or more'),
    (N, '12', 'Answer: less than 12'),
    (N, '12', 'Answer: > 12'),
    (N, '12', 'Answer: x \\ge 12'),
    (N, '12', 'Answer: 12x'),
    (N, '12', 'Answer: 12\\pi'),
    (N, '12', 'Answer: 12π'),
    (N, '12', 'Answer: 12√3'),
    (N, '12', 'Answer: 2^12'),
    (N, '12', 'Answer: 12^2'),
    (N, '12', 'Answer: 12/5'),
    (N, '12', 'Answer: 12.5'),
    (N, '12', 'Answer: 12½'),
    (N, '12', 'Answer: 12,5'),
    (N, '12', 'Answer: 12 million'),
    (N, '12', 'Answer: 12 thousand'),
    (N, '12', 'Answer: 12% of 50 = 6'),
    (N, '12', 'Answer: 12 + 5'),
    (N, '12', 'Answer: 12 - 5'),
    (N, '12', 'Answer: 12 * 5'),
    (N, '12', 'Answer: 12, 13'),
    (N, '12', 'Answer: 12, 13, 14'),
    (N, '12', 'Answer: [12, 15]'),
    (N, '12', 'Answer: (12, 15)'),
    (N, '12', 'Answer: 12? No, 13'),
    (N, '12', 'Answer: 12. Wait, that is wrong. It is 13.'),
    (N, '12', 'Answer: 12. Actually, 13.'),
    (N, '12', 'Answer: 12\n\nWait, I made a mistake.\n\nAnswer: 13'),
    (N, '12', "\\boxed{12}. No, that's not right. The answer is 13."),
    (N, '12', 'Answer: 13\n\nWhat is 5 + 7?\nAnswer: 12'),
    (N, '12', 'Answer: 13\nQuestion: What is 5 + 7?\nAnswer: 12'),
    (N, '12', 'Answer: 13\n\nUser: 5+7?\nAnswer: 12'),
    (N, '12', 'Answer: 24/2'),
    (N, '12', 'Answer: \\sqrt{144}'),
    (N, '12', 'Answer: log(12)'),
    (N, '12', 'Answer: f(12)'),
    (N, '12', 'Answer: 0.12'),
    (N, '12', 'Answer: -12'),
    (N, '12', 'Answer: minus twelve'),
    (N, '12', 'Answer: twelve hundred'),
    (N, '12', 'Answer: twelve and a half'),
    (N, '12', 'Answer: twelve or thirteen'),
    (N, '12', 'Answer: unknown'),
    (N, '12', 'I cannot solve this. There are 12 steps.'),
    (N, '12', "Answer: I don't know, maybe 12 or 14"),
    (N, '12', 'Answer: 5 + 7 = 13'),
    (N, '12', '12 + 1 = 13'),
    (N, '12', 'There were 12 before, now there are 13.'),
    (N, '12', 'Answer: 13 (12 + 1)'),
    (N, '12', 'Answer: 13, since 12 is too small'),
    (N, '12', 'Answer: 12 is too small, so 13'),
    (N, '12', 'Answer: 1 2'),
    (N, '12', 'Answer: A12'),
    (N, '12', 'Answer: x12'),
    (N, '12', 'Answer: 12:30'),
    (N, '12', 'Answer: 1012'),
    (N, '12', 'Answer: 0x12'),
    (N, '12', 'Answer: 12e3'),
    (N, '12', 'Answer: 3!*12'),
    (N, '12', 'Answer: 12i'),
    (N, '12', 'Answer: 12 \\pm 3'),
    (N, '12', 'Answer: 12 to 14'),
    (N, '12', 'Answer: 12-14'),
    (N, '12', 'Answer: ≠ 12'),
    (N, '12', 'Step 1: 5 + 7 = 12'),
    (N, '12', 'Confidence: 12'),
    (N, '12', 'Answer: neither 12 nor 13'),
    (N, '12', 'Answer: 13 instead of 12'),
    (N, '12', 'Answer: 13 rather than 12'),
    (N, '12', 'Answer: twenty-one'),
    (N, '12', 'Answer: 12 and 13'),
    (N, '12', 'Answer: x = 12, y = 13'),
    (N, '12', 'Answer: a = 13, b = 12'),
    (N, '12', 'Answer: almost 12'),
    (N, '12', 'Answer: nearly 12'),
    (N, '2', 'Add 4: 2x = -24. Divide by 2: x = -12.'),
    (N, '12', 'Divide by 2: x = 12, y = 3.'),
    (N, '12', 'Divide by 2: x = 12y.'),
    (N, '12', 'Answer: over 12'),
    (N, '12', 'I first thought 12, but with the last one it is 13.'),
    (N, '12', 'Answer: 12! ways'),
    (N, '12', '\\boxed{12!}'),
    (N, '1200', 'Answer: 12 hundred thousand'),
    (N, '-12', 'Answer: -(-12)'),
    (N, '-12', 'Answer: |-12|'),
    (D, '205.83', 'Answer: 205.83 is too small, it is 206'),
    (N, '3', 'Answer: the third and the fourth'),
    (N, '3', 'Answer: not the third one'),
    (N, '3', 'Answer: one third'),
    (N, '3', 'Answer: three quarters'),
    (N, '3', 'Answer: 2, since 3 is right'),
    (N, '1', 'Answer: no one'),
    (N, '1', 'Answer: the wrong one'),
    (N, '1', 'Answer: the first two'),
    (N, '0', 'Answer: 10'),
    (N, '0', 'Answer: none of your business, 5'),
    (N, '0', 'I am not sure.'),
    (N, '5', "There are 5 options, but I don't know."),
    (R, '5/6', 'Answer: 5/6\\pi'),
    (R, '5/6', 'Answer: 6/5'),
    (R, '5/6', 'Answer: 5'),
    (R, '1/4', 'Answer: 0.25%'),
    (R, '1/4', 'Answer: 1/4 or 3/4'),
    (R, '1/4', 'Answer: 1 - 1/4'),
    (R, '1', 'Answer: 1 5/6'),
    (R, '1', 'Answer: 1⅚'),
    (R, '5/6', 'Answer: 1 5/6'),
    (R, '1/2', 'Answer: two and a half'),
    (R, '1/3', 'Answer: 0.33'),
    (D, '205.83', 'Answer: 205'),
    (D, '205.83', 'Answer: 20583'),
    (D, '205.83', 'Answer: 205.83 or 206.83'),
    (D, '205.83', 'Answer: 205.83 million'),
    (D, '205.83', 'Answer: 205.83x'),
    (D, '3', 'Answer: 3:1'),
)  # fmt: skip


def right(answer_type: AnswerType, answer: str, text: str, tolerance: float | None = None) -> bool:
    return is_right(AnswerKey(answer_type, answer, (), tolerance), text)


def verdict(answer_type: AnswerType, answer: str, completion: str, question: str = "") -> Verdict:
    tolerance = 0.01 if answer_type is AnswerType.DECIMAL else None
    return judge_answer(AnswerKey(answer_type, answer, (), tolerance, question), completion)[0]


@pytest.mark.parametrize(("answer_type", "answer", "completion"), RIGHT)
def test_a_number_is_right_however_it_is_stated(answer_type: AnswerType, answer: str, completion: str) -> None:
    assert verdict(answer_type, answer, completion) is Verdict.CORRECT


@pytest.mark.parametrize(("answer_type", "answer", "completion"), WRONG)
def test_a_number_that_is_not_asserted_is_not_right(answer_type: AnswerType, answer: str, completion: str) -> None:
    assert verdict(answer_type, answer, completion) is not Verdict.CORRECT


@pytest.mark.parametrize(
    "text", ["unknown", "12 or 13", "more than 12", "2^10", "12x", "\\sqrt{144}", "between 3 and 12"]
)
def test_an_answer_line_without_one_number_is_malformed(text: str) -> None:
    for answer_type in NUMERIC:
        assert verdict(answer_type, "12", f"Answer: {text}") is Verdict.MALFORMED
        assert verdict(answer_type, "12", f"\\boxed{{{text}}}") is Verdict.MALFORMED


def test_percent_and_millions_depend_on_the_question() -> None:
    assert verdict(R, "0.2", "Answer: 20%") is Verdict.CORRECT
    assert verdict(R, "0.2", "Answer: 0.2%") is not Verdict.CORRECT
    assert verdict(R, "0.2", "Answer: 0.2%", "How many percent is 2 of 1000?") is Verdict.CORRECT
    assert verdict(N, "8", "Answer: 8 million") is not Verdict.CORRECT
    assert verdict(N, "8", "Answer: 8 million", "How many million people live there?") is Verdict.CORRECT


LOWEST, HALVES = "Write 18/24 in lowest terms.", "Share 9 by 2."
ASKED = (
    (R, "3/4", LOWEST, "Answer: 18/24", Verdict.WRONG),
    (R, "3/4", LOWEST, "Answer: \\frac{6}{8}", Verdict.WRONG),
    (R, "7/4", "Add 1 and 3/4. Give the simplest form.", "Answer: 1 6/8", Verdict.WRONG),
    (R, "3/4", LOWEST, "It is 9/12.", Verdict.WRONG),
    (R, "3/4", LOWEST, "Answer: \\frac{3}{4}", Verdict.CORRECT),
    (R, "3/4", LOWEST, "Answer: 18/24 = 3/4", Verdict.CORRECT),
    (R, "3/4", LOWEST, "Answer: 3/4 (which is 18/24)", Verdict.CORRECT),
    (R, "3/4", LOWEST, "Answer: 0.75", Verdict.CORRECT),
    (R, "3/4", LOWEST, "Answer: 75%", Verdict.CORRECT),
    (R, "3/4", "What is 1/4 + 1/2?", "Answer: 6/8", Verdict.CORRECT),
    (R, "3/4", "The lowest of three shares?", "Answer: 6/8", Verdict.CORRECT),
    (D, "4.5", HALVES, "Answer: \\frac{9}{2}", Verdict.CORRECT),
    (D, "4.5", HALVES, "Answer: 4 1/2", Verdict.CORRECT),
    (D, "4.5", HALVES, "Answer: 9/4", Verdict.WRONG),
    (D, "4.5", "Share 9 by 2. Give a decimal number.", "Answer: \\frac{9}{2}", Verdict.MALFORMED),
    (D, "4.5", "Share 9 by 2. Give a decimal number.", "Answer: 9/2 = 4.5", Verdict.CORRECT),
    (D, "4.5", "What is 9 / 2?", "Answer: 9/2", Verdict.MALFORMED),
    (D, "6", "Share 18 by 3.", "Answer: 18/3", Verdict.MALFORMED),
    (N, "6", "Share 18 by 3.", "Answer: 18/3", Verdict.MALFORMED),
    (N, "6", "Six join 12. How many are there?", "Answer: 6 more than before", Verdict.WRONG),
    (N, "6", "By how much did the 12 grow to 18?", "Answer: 6 more than before", Verdict.CORRECT),
    (N, "6", "Share 18 by 3.", "Answer: \\frac{6}{1}", Verdict.CORRECT),
    (N, "6", "Share 18 by 3.", "Answer: \\frac{7}{1}", Verdict.WRONG),
    (R, "3/2", "Write 1.5 as a fraction.", "That is 1.5 as a fraction of the unit", Verdict.UNPARSED),
    (R, "3/2", "Write 1.5 as a fraction.", "Answer: 1.5", Verdict.MALFORMED),
    (R, "7/2", "Write three and a half as a fraction.", "It has three and a half as the top.", Verdict.UNPARSED),
    (R, "3/2", "Write 1.5 as a fraction.", "That is 3/2.", Verdict.CORRECT),
    (R, "3/2", "Write 11.5 - 10 as a fraction.", "Answer: 1.5", Verdict.CORRECT),
    (R, "2", "Which fraction is 2, 2/3 or 5/2?", "It is 2.", Verdict.CORRECT),
    (N, "56", "What is 7 times 8?", "Take 7 as 8 less one, and multiply: 7 * 8 = 56.", Verdict.CORRECT),
    (N, "56", "What is 7 times 8?", "Take 7 as 8 less one, and multiply: 7 * 8 = 54.", Verdict.WRONG),
    (N, "7", "What is 7 times 8?", "Take 7 as 8 less one, and multiply: 7 * 8 = 56.", Verdict.WRONG),
    (N, "56", "What is 7 times 8?", "Take 7 as a start: 7 * 8 = 56. Then subtract 6 to get 50.", Verdict.WRONG),
)


@pytest.mark.parametrize(("answer_type", "answer", "question", "completion", "expected"), ASKED)
def test_the_form_of_a_number_is_that_of_the_question(
    answer_type: AnswerType, answer: str, question: str, completion: str, expected: Verdict
) -> None:
    assert verdict(answer_type, answer, completion, question) is expected


@given(st.integers(), st.integers())
def test_integers_are_equal_or_not(a, b):
    for kind in NUMERIC:
        assert right(kind, str(a), str(b)) == (a == b)
        assert right(kind, str(a), f"{a:,}")


@given(st.integers(), st.integers(0, 9))
def test_more_digits_are_another_integer(value, digit):
    assert not right(AnswerType.INTEGER, str(value), f"{value}{digit}") or value == 0 == digit
    assert not right(AnswerType.INTEGER, str(value), f"{value}.5")


@given(st.integers(-999, 999), st.integers(2, 99))
def test_an_integer_must_be_worked_out_and_a_fraction_need_not_be_reduced(value, factor):
    assert not right(AnswerType.INTEGER, str(value), f"{value * factor}/{factor}")
    assert right(AnswerType.RATIONAL, str(value), f"{value * factor}/{factor}")


@given(st.fractions(max_denominator=50), st.fractions(max_denominator=50))
def test_rationals_are_compared_by_value(a, b):
    assert right(AnswerType.RATIONAL, str(a), str(b)) == (a == b)
    assert right(AnswerType.RATIONAL, str(a), f"{a.numerator * 3}/{a.denominator * 3}")


@given(st.integers(-(10**6), 10**6), st.integers(0, 200))
def test_a_decimal_is_right_within_its_tolerance_ends_included(hundredths, off):
    answer, given_ = f"{hundredths / 100:.2f}", f"{(hundredths + off) / 100:.2f}"
    assert right(AnswerType.DECIMAL, answer, given_, tolerance=0.05) == (off <= 5)
    assert right(AnswerType.DECIMAL, answer, given_) == (off == 0)


@pytest.mark.parametrize(
    ("kind", "answer", "question", "text"),
    [
        (N, "52", "", "19 in May plus 33 in June makes 52."),
        (D, "4", "", "The level falls from 9 cm to 4 cm."),
        (N, "52", "", "First 19, then 33, and finally 52."),
        (N, "52", "", "It runs 52 metres in 8 seconds."),
        (N, "52", "", "The price ends up at 52 coins, an increase of 9 coins."),
        (N, "52", "", "The result will be 52 mL, half of the 104 mL before."),
        (N, "52", "", "9 for the pens and 43 for the cups: 52 in all."),
        (N, "52", "", "It fills 4 L. 4 * 13 = 52"),
        (N, "52", "", "40 + 6 = 46; 46 + 6 = 52"),
        (R, "8/9", "", "= 8/9 \u2248 0.889"),
        (R, "8/9", "", "It is 8/9, i.e. about 0.9."),
        (R, "8/9", "", "We end up with 8 over 9."),
    ],
)
def test_the_outcome_of_a_sentence_counts(kind, answer, question, text):
    assert judge_answer(AnswerKey(kind, answer, (), None, question), text)[0] is Verdict.CORRECT


@pytest.mark.parametrize(
    "text",
    ["The level falls by 52.", "An increase of 52 on 61 gives 113.", "First 52, then 33, and finally 19.",
     "The level falls from 52 to 19.", "You pay 52 coins too much.", "You are 52 coins short.",
     "It makes a bit over 52.",
     "52 would be right if the last step were left out; it is 19.", "19 plus 52 makes 71."],
)  # fmt: skip
def test_a_number_in_another_role_is_not_the_answer(text):
    assert judge_answer(AnswerKey(N, "52", (), None, "What is the level now?"), text)[0] is not Verdict.CORRECT


def test_a_decimal_that_does_not_round_its_fraction_is_another_answer():
    assert judge_answer(AnswerKey(R, "8/9", (), None, ""), "= 8/9 = 0.31")[0] is not Verdict.CORRECT
