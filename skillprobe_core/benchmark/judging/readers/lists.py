"""Reading of lists: sequences, sets and multisets."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.statements import Statement

from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_LABEL = re.compile(r"^[^\W\d]\w{0,30}\s?[:=]\s?(?=\S)")
_ELEMENT = re.compile(r"[-+]?\d*\.?\d+(?:/[1-9]\d*)?")
# Characters that join the parts of an element: `1 + 3` is `1+3`.
_JOINER = re.compile(r"(?<=\w)\s*([-+])\s*(?=\w)")
_BULLET = re.compile(r"\s{0,8}(?:[-*\u2022]|\d{1,3}[.)])\s+(?=\S)")
_BRACKETED = re.compile(r"[\[{(]([^\[\](){}]{0,4000})[\])}]")
_SQUARE = re.compile(r"\[([^\[\]]{0,4000})\]")
_MAX_LINE_WORDS = 40

Elements = list[Fraction | str]


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the elements of a statement with the key's: in order, as a set, or with their counts."""
    found = (_stated(statement.text) if statement.stated else _last_resort(statement)).strip().strip("*`").strip()
    if not found:
        return NOTHING
    if len(found) > MAX_ANSWER_CHARACTERS:
        return Reading(False, found[:MAX_ANSWER_CHARACTERS], False)
    right = any(same(key.answer_type, answer, found) for answer in key.texts)
    return Reading(right, found, any(_readable(answer, found) for answer in key.texts))


def _stated(text: str) -> str:
    lines = text.splitlines()
    if not lines:
        return ""
    if not _BULLET.match(lines[0]):
        return list_of(lines[0])
    listing: list[str] = []
    for line in lines:
        bullet = _BULLET.match(line)
        if not bullet:
            break
        listing.append(line[bullet.end() :].strip())
    return list_of(", ".join(listing))


def _last_resort(statement: Statement) -> str:
    lists = _SQUARE.findall(notation.plain(statement.text))
    if lists:
        return str(lists[-1])
    if statement.rule == "text" or len(statement.text.split(maxsplit=_MAX_LINE_WORDS)) > _MAX_LINE_WORDS:
        return ""
    return list_of(statement.text)


def list_of(text: str) -> str:
    """The list in a line: in brackets, or after the last colon or verb."""
    text = notation.plain(text).strip()
    brackets = _BRACKETED.findall(text)
    if len(brackets) == 1 and text.rstrip(" .").endswith(("]", "}", ")")):
        return str(brackets[0]) or text
    return re.split(r":\s+|\b(?:is|are)\s+", text)[-1]


def element(text: str, *, cased: bool = False) -> Fraction | str:
    """The value of a list element for comparison: a number's value, else its words without blanks around joiners.

    With `cased` the words keep their case.
    """
    text = text.strip()
    if " " in text:
        text = _JOINER.sub(r"\1", text)
    if text[:1].isdigit() or text[:1] in "+-.":
        try:
            if len(text) <= notation.MAX_NUMBER_CHARACTERS and _ELEMENT.fullmatch(text):
                return notation.fraction(text)
        except ValueError:
            return text
    return " ".join(notation.bare(notation.plain(text)).split()) if cased else notation.words(text)


def _elements(answer: str, found: str) -> tuple[Elements, Elements]:
    expected, given = notation.elements(answer), notation.elements(found)
    if len(given) == 1 and len(expected) > 1 and not any(" " in text for text in expected):
        given = given[0].split()
    if not any(_LABEL.match(text) for text in expected):
        given = [_LABEL.sub("", text) for text in given]
    # Elements that differ in case alone, such as the genotypes AA and Aa, are different ones.
    cased = len({text.casefold() for text in expected}) < len(set(expected))
    return [element(text, cased=cased) for text in expected], [element(text, cased=cased) for text in given]


def same(answer_type: AnswerType, answer: str, found: str) -> bool:
    """True if two lists agree, as their type compares lists."""
    expected, given = _elements(answer, found)
    if answer_type is AnswerType.SEQUENCE:
        return expected == given
    if answer_type is AnswerType.SET:
        return len(given) == len(set(given)) and set(expected) == set(given)
    return Counter(expected) == Counter(given)


def _readable(answer: str, found: str) -> bool:
    expected, given = _elements(answer, found)
    numbers = bool(expected) and not any(isinstance(each, str) for each in expected)
    return not given or not numbers or any(isinstance(each, Fraction) for each in given)
