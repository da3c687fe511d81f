"""Texts, compared by their words."""

from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right

word = st.text("bcdefghijklm", min_size=1, max_size=7)


def right(answer_type: AnswerType, answer: str, text: str, accepted: tuple[str, ...] = ()) -> bool:
    return is_right(AnswerKey(answer_type, answer, accepted), text)


@given(word, word)
def test_text_is_compared_without_case_and_articles(a, b):
    assert right(AnswerType.TEXT, a, b) == (a == b)
    assert right(AnswerType.TEXT, a, f"The {a.upper()}.")
    assert right(AnswerType.TEXT, a, b, accepted=(f"{b}!", "x")) is True
