"""Reading of texts: names, terms and short phrases."""

from __future__ import annotations

import re

from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.statements import Statement

from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

# Three letters or more before the full stop, so that `J. S. Bach` and `St. Louis` stay whole.
_NAME_END = re.compile(r"(?<=[^\W\d]{3})[.!?](?=\s+[A-Z])")
_STATES = re.compile(r"(?:\b(?:is|are|was|were|equals|means)|:)\s+(?:(?:called|named|known as)\s+)?", re.IGNORECASE)
_MAX_LINE_WORDS = 40


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the words of a statement with the key's, without case, accents and articles."""
    line = next(iter(statement.text.splitlines()), "")
    if statement.rule == "text":
        return NOTHING
    found = name_of(line) if statement.stated else named(line) or ""
    found = found.strip().strip("*`").strip()
    if not found:
        return NOTHING
    if len(found) > MAX_ANSWER_CHARACTERS:
        return Reading(False, found[:MAX_ANSWER_CHARACTERS], False)
    right = any(same(answer, found) for answer in key.texts)
    return Reading(right, found, bool(notation.words(found)))


def name_of(text: str) -> str:
    """The first sentence of a line."""
    return _NAME_END.split(notation.plain(text), maxsplit=1)[0]


def named(line: str) -> str | None:
    """The text after the last verb of being or colon in the last sentence of a line; without one, its first sentence.

    None if the line is longer than 40 words.
    """
    *_, sentence = _NAME_END.split(notation.plain(line)[-MAX_ANSWER_CHARACTERS:].strip())
    *before, stated = _STATES.split(sentence)
    if before and len(sentence.split(maxsplit=_MAX_LINE_WORDS)) <= _MAX_LINE_WORDS:
        return name_of(stated)
    return name_of(line) if len(line.split(maxsplit=_MAX_LINE_WORDS)) <= _MAX_LINE_WORDS else None


def same(answer: str, found: str) -> bool:
    """True if two texts consist of the same words."""
    expected = notation.words(answer)
    return bool(expected) and expected == notation.words(found)
