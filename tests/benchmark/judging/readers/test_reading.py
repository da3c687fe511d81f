"""What holds for every reader."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.judge import read
from skillprobe_core.benchmark.judging.readers.reading import MAX_ANSWER_CHARACTERS, NOTHING
from skillprobe_core.benchmark.judging.statements import MAX_COMPLETION_CHARACTERS, Statement

EXACT = sorted(set(AnswerType) - {AnswerType.EXPRESSION})
RULES = (("answer_line", True), ("boxed", True), ("last_line", False), ("text", False))


@given(st.sampled_from(EXACT), st.text(min_size=1, max_size=300), st.text(max_size=300), st.sampled_from(RULES))
def test_any_text_gets_a_reading(answer_type: AnswerType, answer: str, text: str, rule: tuple[str, bool]) -> None:
    reading = read(Statement(text, *rule), AnswerKey(answer_type, answer))
    assert reading.right in (True, False)
    assert reading.extracted is None or 0 < len(reading.extracted) <= MAX_ANSWER_CHARACTERS
    assert reading.well_formed or not reading.right


@pytest.mark.parametrize("answer_type", AnswerType)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u00a0"])
def test_a_blank_statement_has_no_answer(answer_type: AnswerType, rule: tuple[str, bool], text: str) -> None:
    assert read(Statement(text, *rule), AnswerKey(answer_type, "7")) == NOTHING


# The longest are beyond a completion, of which at most MAX_COMPLETION_CHARACTERS are read.
HOSTILE = (
    "9" * 20_000, "1," * 10_000, "[" * 20_000, "(" * 1900 + ")" * 1900, "-" * 20_000, "1/" * 3000, "a and " * 4_000,
    "9" * 3900, "1e999", "1e-999", "9" * 390 + "e999", "1/0", "0/0", "1e99999999999", "1.1.1", "\u0663", "\\frac{1}{0}",
    "\ud800", "\x00", "NaN", "inf", "\u221e", "1_000", "\u00bd", " " * 4000, "{}" * 2000, "\\text{" * 800, "0x" * 2000,
)  # fmt: skip


@pytest.mark.parametrize("answer_type", AnswerType)
def test_hostile_texts_are_wrong(answer_type: AnswerType) -> None:
    """Each reading returns at all, and none takes the text for 7."""
    assert sum(len(text) > MAX_COMPLETION_CHARACTERS for text in HOSTILE) == 5
    for text in HOSTILE:
        if answer_type is AnswerType.EXPRESSION and len(text) <= MAX_ANSWER_CHARACTERS:
            continue  # left to algebra, in its own process
        for rule in RULES:
            assert not read(Statement(text, *rule), AnswerKey(answer_type, "7")).right, text[:40]


word = st.text("bcdefghijklm", min_size=1, max_size=7)
element = st.one_of(word, st.integers(-999, 999).map(str))


@given(st.sampled_from(EXACT), st.lists(element, min_size=1, max_size=4), st.data())
def test_what_is_right_is_well_formed(answer_type: AnswerType, parts: list[str], data: st.DataObject) -> None:
    """Also right answers in other clothes: brackets, quotes, another case, blanks, other separators."""
    answer = ", ".join(parts) if "S" in answer_type.name[:2] else parts[0]
    dress = data.draw(
        st.sampled_from(["{}", "({})", "[{}]", '"{}"', " {} ", "**{}**", "{}.", "the {}", "${}$", "x = {}"])
    )
    for text in (answer, answer.upper(), dress.format(answer), answer.replace(", ", "; ")):
        reading = read(Statement(text, "answer_line", True), AnswerKey(answer_type, answer))
        assert reading.well_formed or not reading.right


@pytest.mark.parametrize(
    ("answer_type", "answer", "text", "expected"),
    [
        (AnswerType.INTEGER, "7", "8", True),
        (AnswerType.INTEGER, "7", "14/2", False),
        (AnswerType.INTEGER, "7", "8 apples", True),
        (AnswerType.INTEGER, "7", "seven", True),
        (AnswerType.INTEGER, "7", "not known", False),
        (AnswerType.INTEGER, "7", "7 or 8", False),
        (AnswerType.RATIONAL, "1/2", "half", True),
        (AnswerType.DECIMAL, "1.5", "1.4 m/s", True),
        (AnswerType.CHOICE, "B", "(C)", True),
        (AnswerType.CHOICE, "B", '"c"', True),
        (AnswerType.CHOICE, "B", "It is the second of the options", False),
        (AnswerType.CHOICE, "q2", "It is state q1", True),
        (AnswerType.SEQUENCE, "1, 2", "2, 1", True),
        (AnswerType.SEQUENCE, "1, 2", "none", True),
        (AnswerType.SEQUENCE, "1, 2", "one and two", True),
        (AnswerType.SET, "1, 2", "1, two", True),
        (AnswerType.MULTISET, "red, blue", "There are no colours", True),
        (AnswerType.TEXT, "Paris", "It is London, I think", True),
        (AnswerType.TEXT, "Paris", "...", False),
        (AnswerType.EXPRESSION, "x^2", "words alone", False),
        (AnswerType.EXPRESSION, "x^2", "x^3", True),
        (AnswerType.TEXT, "Paris", "Paris" * 1000, False),
    ],
)
def test_only_another_form_is_not_well_formed(answer_type, answer, text, expected):
    assert read(Statement(text, "answer_line", True), AnswerKey(answer_type, answer)).well_formed is expected
