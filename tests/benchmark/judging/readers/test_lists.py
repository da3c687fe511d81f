"""Lists, compared in order, as sets, or with counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import is_right

word = st.text("bcdefghijklm", min_size=1, max_size=7)
element = st.one_of(word, st.integers(-999, 999).map(str))


def right(answer_type: AnswerType, answer: str, text: str, accepted: tuple[str, ...] = ()) -> bool:
    return is_right(AnswerKey(answer_type, answer, accepted), text)


@given(st.lists(element, min_size=1, max_size=6), st.lists(element, min_size=1, max_size=6), st.randoms())
def test_lists_against_python(expected, found, random):
    answer, text = ", ".join(expected), ", ".join(found)
    assert right(AnswerType.SEQUENCE, answer, text) == (expected == found)
    assert right(AnswerType.MULTISET, answer, text) == (sorted(expected) == sorted(found))
    assert right(AnswerType.SET, answer, text) == (len(set(found)) == len(found) and set(expected) == set(found))
    mixed = random.sample(expected, len(expected))
    assert right(AnswerType.MULTISET, answer, "; ".join(mixed))
    assert right(AnswerType.SET, answer, "{" + ", ".join(mixed) + "}") == (len(set(expected)) == len(expected))


@pytest.mark.parametrize("answer", ["1+3, 2+2", "0-1, 1-2", "Ash-Bay-Elm, Ash-Elm", "linux-arm", "0-2-1"])
def test_blanks_around_what_joins_an_element_make_no_difference(answer):
    for form in (answer, answer.replace("+", " + ").replace("-", " - "), answer.replace("-", " \u2013 ")):
        assert right(AnswerType.SET, answer, form)
        assert right(AnswerType.SEQUENCE, answer, form)
        assert not right(AnswerType.SET, answer, form[:-1] + "7")


def test_list_notations():
    assert right(AnswerType.SEQUENCE, "2, 1, 4", "2 1 4")
    assert right(AnswerType.SEQUENCE, "2, 1, 4", "2.0, 01, 4")
    assert right(AnswerType.SEQUENCE, "5, 6", "a = 5, b = 6")
    assert not right(AnswerType.SEQUENCE, "a = 5, b = 6", "a = 6, b = 5")
    assert not right(AnswerType.SEQUENCE, "New York, Rome", "New York Rome")
    assert right(AnswerType.SET, "none", "[]")
    assert right(AnswerType.SET, "none", "none")
    assert not right(AnswerType.SET, "none", "3")
    assert not right(AnswerType.SET, "1/2", "0.25")
    assert right(AnswerType.SET, "1/2", "0.5")
