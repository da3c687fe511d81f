"""Texts, compared by their words, and read in sentences, with asides and next to words of the question."""

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right, read
from skillprobe_core.benchmark.judging.statements import Statement

word = st.text("bcdefghijklm", min_size=1, max_size=7)

RFC = "Give the number of the RFC that specifies HTTP/3."
ACID = "From computing terminology, recall the spelled-out name of ACID, and say what source that is."


def right(answer_type: AnswerType, answer: str, text: str, accepted: tuple[str, ...] = ()) -> bool:
    return is_right(AnswerKey(answer_type, answer, accepted), text)


@given(word, word)
def test_text_is_compared_without_case_and_articles(a, b):
    assert right(AnswerType.TEXT, a, b) == (a == b)
    assert right(AnswerType.TEXT, a, f"The {a.upper()}.")
    assert right(AnswerType.TEXT, a, b, accepted=(f"{b}!", "x")) is True


name = st.text("bdfgklmprtv", min_size=4, max_size=8).map(str.capitalize)


@given(name, name)
def test_one_of_two_names_that_are_offered_is_not_asserted(a, b):
    if a.lower() in b.lower() or b.lower() in a.lower():
        return
    for text in (
        f"{a} or {b}",
        f"{b} or {a}",
        f"{a}/{b}",
        f"{a} and {b}",
        f"{b}, not {a}",
        f"It is not {a}",
        f"{b} {a}",
    ):
        assert not right(AnswerType.TEXT, a, text), text
    for text in (f"{a}, not {b}", f"It is {a}, since {b} is far away.", f"not {b} but {a}", f"{a} (not {b})"):
        assert right(AnswerType.TEXT, a, text), text


def test_a_long_text_without_a_mark_is_not_read():
    key = AnswerKey(AnswerType.TEXT, "Oslo")
    assert read(Statement("Oslo", "text", False), key).extracted is None
    assert read(Statement("so " * 80 + "it is Oslo", "last_line", False), key).extracted is None
    assert not read(Statement("Oslo" * 2000, "answer_line", True), key).well_formed
