"""Lists without the words that announce them."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_shape import Shape, shape_of
from skillprobe_core.benchmark.judging.readers.list_wording import without_wording

QUESTION = question_of("Which ones are there?")


def shape(answer: str, answer_type: AnswerType = AnswerType.SET) -> Shape:
    return shape_of(answer, answer_type, QUESTION)


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("There are two such words: ab and ba", "ab, ba", "ab and ba"),
        ("9 = 1+8 = 2+7", "1+8, 2+7", "1+8, 2+7"),
        ("1 + 8 = 9, 2 + 7 = 9", "1+8, 2+7", "1 + 8, 2 + 7"),
    ],
)
def test_announcements_of_a_set_are_dropped(text: str, answer: str, expected: str) -> None:
    assert without_wording(text, shape(answer)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x is 3 and y is 1, which is (3, 1)", "(3, 1)"),
        ("both are 3, so: 3, 3", "3, 3"),
        ("a -> 3, b -> 1", "a: 3, b: 1"),
    ],
)
def test_a_recap_of_a_sequence_stands_for_it(text: str, expected: str) -> None:
    assert without_wording(text, shape("3, 1", AnswerType.SEQUENCE)) == expected


def test_a_list_without_an_announcement_is_unchanged() -> None:
    for text in ("ab, ba", "ab and ba", "ab; ba"):
        assert without_wording(text, shape("ab, ba")) == text
