"""The list of a sentence, without the words that announce it or say that it is complete."""

from __future__ import annotations

import re

from .list_parts import has_element
from .list_shape import ENDS, SEPARATOR, Shape

_NAMELY = re.compile(r",?\s(?:namely|that is|i\.e\.),?:?\s", re.IGNORECASE)
# Labels with their values: `a -> 3, b -> 1`.
_MAPPED = re.compile(
    r"(?:[A-Za-z]{1,12}\s)?\w{1,12}\s*->\s*-?\w{1,12}(?:(?:\s*[,;]\s*(?:and\s)?|\sand\s)(?:[A-Za-z]{1,12}\s)?\w{1,12}\s*->\s*-?\w{1,12}){1,40}"
)
# `Filtered list -> ab, ba`.
_INTRODUCED = re.compile(r"^([^\d>]{1,60}?)\s*[-=]>\s*(?=\S+\s*[,;])")
_HYPHENATED = re.compile(r"\w[-+]\w|->")
_DIGITS = re.compile(r"\d+")
# The end of a clause that leads to an element: `a[0] < a[2] -> 0-2`.
_LEADS_TO = re.compile(r"[^;\n]*->\s*(\w+(?:[-+]\w+)+)")
_IN_BRACKETS = re.compile(r"\((\w+(?:[-+]\w+)+)\)")
_DASH = re.compile(r"\s-\s")
# The position at the end: `x = 1 and y = 4, so (1, 4)`.
_POSITION = re.compile(
    r"(?:\bwhich\sis|\bso|\bthat\sis|\bi\.e\.|\bposition|[=:]|->)\s*([\[(]\s*-?\d+(?:\s*,\s*-?\d+)+\s*[\])])$"
)
# Sums with their common value: `1 + 5 = 6`, `22 = 4+9+9 = 5+8+9`.
_SUM_VALUE = re.compile(r"(?<![\d+])(\d{1,6}(?:\s?\+\s?\d{1,6})+)\s?=\s?\d{1,9}(?![\d+*.]|\s?\+)")
_VALUE_OF_SUMS = re.compile(r"(?<![\d+])\d{1,9}\s?=\s?(?=\d{1,6}\s?\+)")
_NEXT_SUM = re.compile(r"(?<=\d)\s?=\s?(?=\d{1,6}\s?\+)")
# A property that all elements have: `GAT and GAC all start with G`.
_ALL_ARE = re.compile(
    r"\s+(?:all|both|each)\s+(?:starts?|begins?|ends?|satisf(?:y|ies)|meets?|fulfils?|qualify|work|fits?|match(?:es)?|appear|occur)\b.*",
    re.IGNORECASE,
)
# `Only 'ana' qualifies`.
_ONLY = re.compile(
    r"(?:so\s|thus\s|therefore\s|hence\s)?(?:it's\s)?(?:only|just)\s(?:the\s)?(.{1,80}?)\s(?:qualif(?:y|ies)|(?:suits?|fits?|works?)(?:\sfor\s.{1,40})?"
    r"|(?:remains?|is\sleft|are\sleft)(?:\s(?:in|on)\s[\w\s]{1,30})?|(?:is|are)\s(?:greater|less|larger|smaller|above|below)\b.{1,60}"
    r"|satisf(?:y|ies)\b.{0,80}|fulfil{1,2}s?\b.{0,80}|meets?\b.{0,80}|match(?:es)?\b.{0,80}|does|do)",
    re.IGNORECASE,
)


def without_wording(text: str, shape: Shape) -> str:
    """The text without words that say that its elements are all, and with `a -> 3` as `a: 3`."""
    text = _announced(text, shape)
    if shape.joined and "+" in text and "=" in text:
        text = _NEXT_SUM.sub(", ", _VALUE_OF_SUMS.sub("", _SUM_VALUE.sub(r"\1", text)))
    if shape.ordered and shape.numeric and text[-1:] in {")", "]"} and (position := _POSITION.search(text)):
        text = position[1] if position[1].count(",") == len(shape.answer) - 1 else text
    if shape.ordered and (mapped := _MAPPED.fullmatch(text)) and mapped[0].count("->") == len(shape.answer):
        text = re.sub(r"\s*->\s*", ": ", text)
    *_, namely = _NAMELY.split(text)
    if namely != text and has_element(namely, shape):
        text = namely
    if (only := _ONLY.fullmatch(text)) and has_element(only[1], shape):
        text = only[1].strip(ENDS)
    if (all_are := _ALL_ARE.search(text)) and has_element(text[: all_are.start()], shape):
        text = text[: all_are.start()]
    return text


def _announced(text: str, shape: Shape) -> str:
    """The list of a text that leads to it with a colon, an arrow or a dash and has no element before that."""
    if ":" not in text and ">" not in text and " - " not in text and "(" not in text:
        return text
    arrow = _INTRODUCED.match(text) if text.count(">") == 1 else None
    if arrow and not has_element(arrow[1], shape) and len(arrow[1].split()) > 1:
        text = text[arrow.end() :]
    lead, colon, value = text.rpartition(": ")
    if shape.numeric and shape.ordered and shape.answer:
        text = value if colon and len(_DIGITS.findall(value)) == len(shape.answer) and lead.strip() else text
    if not shape.numeric:
        led = bool(_HYPHENATED.search(lead)) if shape.joined else has_element(lead, shape)
        if colon and has_element(value, shape) and not led:
            text = value
    if shape.joined and not shape.ordered:
        text = _scattered(text)
    if " - " not in text:
        return text
    pieces = _DASH.split(text)
    holding = [piece for piece in pieces if has_element(piece, shape)]
    several = len(pieces) > 1 and len(holding) == 1 and SEPARATOR.search(holding[0])
    return holding[0].strip(ENDS) if several else text


def _scattered(text: str) -> str:
    """Joined elements that stand apart, behind an arrow at the end of a clause or alone in brackets, as a list."""
    clauses = [clause for clause in text.split(";") if clause.strip()]
    led = [_LEADS_TO.fullmatch(clause.strip(ENDS)) for clause in clauses]
    if len(clauses) > 1 and all(led):
        return ", ".join(each[1] for each in led if each)
    bracketed = _IN_BRACKETS.findall(text)
    if len(bracketed) > 1 and not _HYPHENATED.search(_IN_BRACKETS.sub("", text)):
        return ", ".join(bracketed)
    return text
