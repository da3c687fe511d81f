"""The text of a list with what stands for several elements, or for other words, written out.

Counts (`2^2 * 3`), both signs of a number, abbreviated weekdays, and groups of names without hyphens.
"""

from __future__ import annotations

import re

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.question import Question
from skillprobe_core.benchmark.judging.statements import Statement

from .folding import plain_text
from .list_counts import counts_written_out, repeated
from .reading import MAX_ANSWER_CHARACTERS

_BOTH_SIGNS = re.compile(
    r"(^|[=:{(,]\s?|\b(?:is|are)\s)(?:\u00b1|\+/-|pm)\s?"
    r"(\d{1,9}(?:\.\d{1,9})?(?:/\d{1,9})?)(?![\w.^*/])"
)
_NAMES_OF_GROUP = re.compile(
    r"(\s*(?:[-*]|\d{1,3}[.)])\s+)([A-Za-z]{1,20}(?:(?:, ?(?:and )?| and )[A-Za-z]{1,20}){1,12})[.,;]?"
)
_WEEKDAY = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:s|rs?)?\b\.?(?!\w)")
_WEEKDAYS = {day[:3]: day for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")}


def written_out(statement: Statement, key: AnswerKey, question: Question) -> str:
    """The plain text of a statement, its list written out like the key's."""
    text = plain_text(statement.text[: 2 * MAX_ANSWER_CHARACTERS], thousands=False)
    if key.answer_type is AnswerType.MULTISET:
        text = counts_written_out(repeated(text, question), key.answer, "" if statement.stated else question.folded)
    if key.answer_type is not AnswerType.SEQUENCE:
        text = _BOTH_SIGNS.sub(r"\1\2, -\2", text)
    if "-" in key.answer and not any(character.isdigit() for character in key.answer):
        text = _joined_lines(text)
    if any(day in key.answer for day in _WEEKDAYS.values()):
        text = _WEEKDAY.sub(lambda day: _WEEKDAYS[day[1]], text)
    return text


def _joined_lines(text: str) -> str:
    """The lines of a list of groups, with hyphens: `1. Ann, Ben` as `1. Ann-Ben`."""
    lines = [line for line in text.splitlines() if line.strip()]
    groups = [_NAMES_OF_GROUP.fullmatch(line) for line in lines]
    if len(lines) < 2 or not all(groups):
        return text
    return "\n".join(f"{group[1]}{re.sub(', ?(?:and )?| and ', '-', group[2])}" for group in groups if group)
