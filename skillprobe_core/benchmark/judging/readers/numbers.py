"""Reading of numbers: integers, rationals and decimals."""

from __future__ import annotations

import re
from fractions import Fraction

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.statements import Statement

from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_ASIDE = re.compile(r"\([^()]{0,400}\)")
_SENTENCE_END = re.compile(r"[.;!?](?=\s)")


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the number that a statement gives with the key's.

    integer: the same value, without a division left to do. rational: the same value. decimal: within the tolerance.
    """
    if statement.stated:
        line = next(iter(statement.text.splitlines()), "")
        found = number_of(line).strip().strip("*`").strip()
    else:
        numbers = notation.number_texts(notation.plain(statement.text))
        found = numbers[-1] if numbers else ""
    if not found:
        return NOTHING
    if len(found) > MAX_ANSWER_CHARACTERS:
        return Reading(False, found[:MAX_ANSWER_CHARACTERS], False)
    right = any(same(key.answer_type, answer, found, key.tolerance) for answer in key.texts)
    return Reading(right, found, notation.number(found) is not None)


def number_of(text: str) -> str:
    """The part of a line that states one number; the line itself if it states none or several."""
    text = notation.plain(text)
    sentence = _SENTENCE_END.split(text, maxsplit=1)[0]
    for candidate in (text, sentence, _ASIDE.sub(" ", sentence), re.split(r"[=\u2248]", sentence)[-1]):
        if notation.number(candidate) is not None:
            return notation.number_texts(candidate)[-1]
    return text


def same(answer_type: AnswerType, answer: str, found: str, tolerance: float | None) -> bool:
    """True if a number has the value of the answer, as its type compares values."""
    expected = notation.number(answer)
    value = notation.number(found, slash=answer_type is AnswerType.RATIONAL)
    if expected is None or value is None:
        return False
    if answer_type is AnswerType.DECIMAL and tolerance:
        return abs(expected - value) <= Fraction(repr(tolerance))
    return expected == value
