"""Reading of choices: an option's letter, or its words."""

from __future__ import annotations

import re

from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.statements import Statement

from .names import named
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_OPTION = re.compile(r"(?:option|choice)?\s*[(\[]?([A-Za-z])[)\].:]*", re.IGNORECASE)
_OPTION_FIRST = re.compile(r"(?:option|choice)?\s*[(\[]?([A-Za-z])(?:[)\].:,;]|\s*$|\s+[-(\u2013])", re.IGNORECASE)
_OPTION_ANYWHERE = re.compile(r"\(([A-Z])\)|(?:option|choice)\s+([A-Z])\b|(?<![\w'.])([A-Z])(?=[).:]*\s*(?:$|\n))")


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the option that a statement names with the key's: the same letter, or the same words."""
    line = next(iter(statement.text.splitlines()), "")
    if statement.stated:
        found = option_of(line)
    else:
        options = _OPTION_ANYWHERE.findall(notation.plain(statement.text))
        if options:
            found = next(letter for letter in options[-1] if letter)
        else:
            found = option_of(named(line) or "") if statement.rule != "text" else ""
    found = found.strip().strip("*`").strip()
    if not found:
        return NOTHING
    if len(found) > MAX_ANSWER_CHARACTERS:
        return Reading(False, found[:MAX_ANSWER_CHARACTERS], False)
    right = any(same(answer, found) for answer in key.texts)
    letters = [len(answer) == 1 and answer.isalpha() for answer in key.texts]
    lettered = letter_of(found) is not None or len(notation.words(found)) == 1
    readable = lettered if all(letters) else bool(notation.words(found))
    return Reading(right, found, readable)


def option_of(text: str) -> str:
    """The option letter that a line begins with or names; the line itself if there is none."""
    text = notation.plain(text).strip(" \t*_`\"'")
    option = _OPTION_FIRST.match(text)
    return option[1].upper() if option else text


def letter_of(text: str) -> str | None:
    """The option letter that the text consists of, as a capital; None for any other text."""
    option = _OPTION.fullmatch(notation.plain(text).strip())
    return option[1].upper() if option else None


def same(answer: str, found: str) -> bool:
    """True if a text is the answer's option letter, or its words."""
    option = letter_of(found)
    if len(answer) == 1 and option:
        return option == answer.upper()
    return notation.words(answer) == notation.words(found)
