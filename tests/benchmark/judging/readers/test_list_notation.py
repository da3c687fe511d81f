"""Lists with counts, signs, weekdays and groups written out."""

import pytest

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import question_of
from skillprobe_core.benchmark.judging.readers.list_notation import written_out
from skillprobe_core.benchmark.judging.statements import Statement


@pytest.mark.parametrize(
    ("answer_type", "answer", "text", "written"),
    [
        (AnswerType.MULTISET, "a, a, b", "a twice, b", "a, a, b"),
        (AnswerType.SET, "-3, 3", "x = \u00b13", "x = 3, -3"),
        (AnswerType.SEQUENCE, "-3, 3", "x = \u00b13", "x = \u00b13"),
        (AnswerType.SET, "Tuesday, Friday", "Tue, Fri.", "Tuesday, Friday"),
        (AnswerType.SET, "Tuesday, Friday", "Sunny Tuesday", "Sunny Tuesday"),
        (AnswerType.SET, "Ana-Bo, Ana-Cy", "1. Ana, Bo\n2. Ana and Cy", "1. Ana-Bo\n2. Ana-Cy"),
    ],
)
def test_what_stands_for_several_elements_is_written_out(answer_type, answer, text, written):
    key = AnswerKey(answer_type, answer)
    assert written_out(Statement(text, "last_line", False), key, question_of("")) == written
