"""Options, named by letter or words."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right


def right(answer_type: AnswerType, answer: str, text: str, accepted: tuple[str, ...] = ()) -> bool:
    return is_right(AnswerKey(answer_type, answer, accepted), text)


@pytest.mark.parametrize("text", ["B", "b", "(B)", "B)", "B.", "[b]", "Option B", "choice (b)"])
def test_an_option_is_right_in_its_usual_forms(text):
    assert right(AnswerType.CHOICE, "B", text)
    assert not right(AnswerType.CHOICE, "C", text)


@pytest.mark.parametrize("text", ["AB", "B or C", "", "Bob", "not B"])
def test_what_is_not_one_option_is_wrong(text):
    assert not right(AnswerType.CHOICE, "B", text)
