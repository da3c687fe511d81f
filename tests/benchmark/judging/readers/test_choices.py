"""Options, named by letter, by words, or by both."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import Verdict, is_right, judge_answer, read
from skillprobe_core.benchmark.judging.statements import Statement

QUESTION = "Which one is the capital of Morocco? A) Bratislava, B) Rabat, C) Lima, D) Havana"
MACHINE = (
    "Start in state P. Input: a, b, b, a. Table of next states: P: a to Q, b to Q. Q: a to Q, b to P. "
    "R: a to P, b to P. S: a to P, b to R. In which state does it end?"
)
RIGHT = (
    "B",
    "b",
    "(B)",
    "B)",
    "B.",
    "[B]",
    "**B**",
    "Option B",
    "option b",
    "B) Rabat",
    "B. Rabat",
    "B: Rabat",
    "B, Rabat",
    "B - Rabat",
    "Rabat (B)",
    "Rabat",
    "Rabat, B",
    "(B) Rabat",
    "B (Rabat)",
    "The answer is B",
    "It's B",
    "It is B, not A",
    "B, not A",
    "B because Rabat is the capital",
    "B since A is in Slovakia",
    "B; A is in Slovakia",
    "B is correct",
    "B is right",
    "B is the answer",
    "Clearly B",
    "clearly B",
    "B, of course",
    "surely B; A and C are wrong",
    "I choose B",
    "I pick B.",
    "I'd go with B",
    "Definitely **B**",
    "\\text{B}",
    "$B$",
    "B 。",
    "B。",
    "选B",
    "答案是B",
    "因此选B",
    "故选B。",
    "应选B选项",
    "B是正确答案",
    "정답은 B입니다",
    "정답은 B 입니다",
    "答えはBです",
    "正解はBです。",
    "B が正解です",
    "B而不是A",
    "不是A，而是B",
    "The capital of Morocco is Rabat.",
    "The capital of Morocco is Rabat, so B.",
    "Rabat is the capital of Morocco, so the answer is B",
    "option: (B)",
    "Letter B",
    "the letter B",
    "A is wrong. B is right.",
    "Not A. B.",
    "A? No. B",
    "B. A is the capital of Slovakia.",
    "B. The data rule out A and C",
    "B (not A)",
    "B as the others are elsewhere",
    "B) Rabat, which lies on the Atlantic",
    "B) Rabat. A) Bratislava is in Slovakia.",
    "B, since Bratislava (A) is in Slovakia, Lima (C) in Peru",
    "Among the options, B fits",
    "choice B: Rabat",
    "B\n\nRabat is the capital.",
    "It must be B",
    "B!",
    "B ✓",
    "→ B",
    "B is the only option in Africa",
    "B it is",
    "<B>",
    "{B}",
    '"B"',
    "Option B) Rabat",
    "A is in Slovakia, so B",
    "It has to be (B), I think",
    "A. Wait, no: B",
    "A. Actually, B is correct",
    "The correct option is B) Rabat.",
    "Rabat, which is option B",
    "B) rabat",
    "Only B",
)
WRONG = (
    "A",
    "C",
    "A or B",
    "A, B",
    "A and B",
    "A/B",
    "B or A",
    "A, B, C or D",
    "not B",
    "neither A nor B",
    "A) Bratislava, B) Rabat, C) Lima, D) Havana",
    "A) Bratislava B) Rabat C) Lima D) Havana",
    "(A) Bratislava (B) Rabat (C) Lima (D) Havana",
    "B. Actually it is A.",
    "B? No, A",
    "Anything but B",
    "B++",
    "Rabat is the wrong choice here",
    "A, not B",
    "A rather than B",
    "C is correct, B is wrong",
    "B is wrong",
    "B) Lima",
    "Lima (B)",
    "The capital is Lima, so B",
    "Lima",
    "Rabat or Lima",
    "A) Rabat",
    "AB",
    "Bob",
    "I do not know",
    "all of them",
    "none of the above",
    "A because B is in Morocco",
    "选A",
    "不选B",
    "A而非B",
    "答案是A，不是B",
    "both A and B",
    "B and C are correct",
    "Either A or B",
    "B, wait, A",
    "A dog",
    "B or C",
    "A. B is in Morocco",
    "The answer could be A or B",
    "B) Rabat or C) Lima",
    "E",
)
# Wrong only because the words are those of another option, which is known from the question.
CLASHING = ("B) Lima", "Lima (B)", "The capital is Lima, so B")


def right(answer_type: AnswerType, answer: str, text: str, accepted: tuple[str, ...] = ()) -> bool:
    return is_right(AnswerKey(answer_type, answer, accepted), text)


@pytest.mark.parametrize("text", ["B", "b", "(B)", "B)", "B.", "[b]", "Option B", "choice (b)"])
def test_an_option_is_right_in_its_usual_forms(text):
    assert right(AnswerType.CHOICE, "B", text)
    assert not right(AnswerType.CHOICE, "C", text)


@pytest.mark.parametrize("text", RIGHT)
def test_a_text_names_one_option(text):
    assert is_right(AnswerKey(AnswerType.CHOICE, "B", ("Rabat",), None, QUESTION), text)
    assert not is_right(AnswerKey(AnswerType.CHOICE, "C", ("Lima",), None, QUESTION), text)
    if "Rabat" not in text and "Bratislava" not in text:
        assert right(AnswerType.CHOICE, "B", text)


@pytest.mark.parametrize("text", WRONG)
def test_other_options_several_and_copied_ones_are_not_right(text):
    assert not is_right(AnswerKey(AnswerType.CHOICE, "B", ("Rabat",), None, QUESTION), text)
    if text not in CLASHING:
        assert not right(AnswerType.CHOICE, "B", text)


@pytest.mark.parametrize(
    "text",
    [
        "A or B",
        "A, B",
        "A, B, C or D",
        "I do not know",
        "A) Rabat",
        "A) Bratislava, B) Rabat, C) Lima, D) Havana",
        *CLASHING,
    ],
)
def test_what_names_no_single_option_is_malformed(text):
    reading = read(Statement(text, "answer_line", True), AnswerKey(AnswerType.CHOICE, "B", ("Rabat",), None, QUESTION))
    assert not reading.right
    assert not reading.well_formed


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Q", "Q"), ("State Q", "Q"), ("The machine ends in state Q.", "Q"), ("It ends in Q", "Q"),
        ("P -> Q -> P -> Q", "Q"),
        ("It is in state Q after the last input", "Q"), ("Q, since b takes P to Q", "Q"), ("state P", "P"),
        ("P -> Q -> P", "P"), ("Q or P", ""), ("P, Q", ""), ("from Q to P", "P"),
    ],
)  # fmt: skip
def test_a_state_is_read_from_a_run_of_the_machine(text, state):
    for letter in "PQ":
        key = AnswerKey(AnswerType.CHOICE, letter, (f"state {letter}",), None, MACHINE)
        assert is_right(key, text) == (letter == state)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("So (B).", True),
        ("Rabat is the capital of Morocco.", True),
        ("We conclude that B is correct.", True),
        ("It can't be (A). It must be (B), I think", True),
        ("Hope this helps!", False),
        ("I am not sure. Options: A) x, B) y", False),
        ("A) lamb, B) Rabat, C) gosling, D) chick", False),
    ],
)
def test_without_a_mark_a_letter_must_stand_out(text, found):
    key = AnswerKey(AnswerType.CHOICE, "B", ("Rabat",), None, QUESTION)
    assert read(Statement(text, "last_line", False), key).right is found


def test_words_that_say_wrong_may_be_an_option():
    key = AnswerKey(AnswerType.CHOICE, "B", ("false",), None, "Snow is black. Is that A) true or B) false?")
    assert is_right(key, "B) false")
    assert not is_right(key, "A) true")


def test_options_of_a_word_are_read_as_texts():
    key = AnswerKey(AnswerType.CHOICE, "yes", (), None, "Is 7 prime? Answer yes or no.")
    assert is_right(key, "Yes, it has two divisors.")
    assert not is_right(key, "yes or no")
    assert not is_right(key, "No")


@pytest.mark.parametrize(
    "text", ["None of them, although B is close", "neither of these fits; B comes near", "No option is B"]
)
def test_none_of_the_options_is_no_option(text: str) -> None:
    key = AnswerKey(AnswerType.CHOICE, "B", ("Lima",), None, "Which is it? A) Rome, B) Lima, C) Oslo")
    assert judge_answer(key, f"Answer: {text}")[0] is not Verdict.CORRECT


def test_none_of_these_may_be_an_option_itself() -> None:
    key = AnswerKey(AnswerType.CHOICE, "B", ("none of these",), None, "Which is it? A) Rome, B) none of these")
    assert judge_answer(key, "Answer: None of these")[0] is Verdict.CORRECT


@pytest.mark.parametrize(
    ("text", "right_letter"),
    [
        ("No, 51 is 3 * 17.", "B"),
        ("No. It is 3 * 17.", "B"),
        ("Yes, no number divides it.", "A"),
        ("Yes or no", None),
        ("Yes? No.", "B"),
        ("No number divides it", None),
    ],
)
def test_yes_or_no_at_the_start_names_its_option(text: str, right_letter: str | None) -> None:
    prompt = "Is 51 a prime number? A) yes, B) no"
    named = [each for each in "AB" if is_right(AnswerKey(AnswerType.CHOICE, each, (), None, prompt), text)]
    assert named == ([right_letter] if right_letter else [])


def test_two_options_with_their_words_are_no_choice():
    key = AnswerKey(AnswerType.CHOICE, "B", (), None, QUESTION)
    assert judge_answer(key, "The capital is B) Rabat or C) Lima.")[0] is not Verdict.CORRECT
    assert judge_answer(key, "The capital is B) Rabat, and C) Lima is not in Morocco.")[0] is Verdict.CORRECT
