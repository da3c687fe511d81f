"""The list of a sentence, without the words that announce it or say that it is complete."""

from __future__ import annotations

import re

from .list_parts import has_element
from .list_shape import ENDS, Shape

# Labels with their values: `a -> 3, b -> 1`.
_MAPPED = re.compile(
    r"(?:[A-Za-z]{1,12}\s)?\w{1,12}\s*->\s*-?\w{1,12}(?:(?:\s*[,;]\s*(?:and\s)?|\sand\s)(?:[A-Za-z]{1,12}\s)?\w{1,12}\s*->\s*-?\w{1,12}){1,40}"
)
_DIGITS = re.compile(r"\d+")
# The position at the end: `x = 1 and y = 4, so (1, 4)`.
_POSITION = re.compile(
    r"(?:\bwhich\sis|\bso|\bthat\sis|\bi\.e\.|\bposition|[=:]|->)\s*([\[(]\s*-?\d+(?:\s*,\s*-?\d+)+\s*[\])])$"
)
# Sums with their common value: `1 + 5 = 6`, `22 = 4+9+9 = 5+8+9`.
_SUM_VALUE = re.compile(r"(?<![\d+])(\d{1,6}(?:\s?\+\s?\d{1,6})+)\s?=\s?\d{1,9}(?![\d+*.]|\s?\+)")
_VALUE_OF_SUMS = re.compile(r"(?<![\d+])\d{1,9}\s?=\s?(?=\d{1,6}\s?\+)")
_NEXT_SUM = re.compile(r"(?<=\d)\s?=\s?(?=\d{1,6}\s?\+)")
# `Only 'ana' qualifies`.
_ONLY = re.compile(
    r"(?:so\s|thus\s|therefore\s|hence\s|(?:of|among)\s(?:those|these|them),?\s)?(?:it's\s)?(?:only|just)\s(?:the\s)?(.{1,80}?)\s(?:qualif(?:y|ies)|(?:suits?|fits?|works?)(?:\sfor\s.{1,40})?"
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
    if (only := _ONLY.fullmatch(text)) and has_element(only[1], shape):
        text = only[1].strip(ENDS)
    return text


def _announced(text: str, shape: Shape) -> str:
    """The list of a text that leads to it with a colon and has no element before that."""
    lead, colon, value = text.rpartition(": ")
    if not colon:
        return text
    if shape.numeric:
        several = shape.ordered and shape.answer and len(_DIGITS.findall(value)) == len(shape.answer) and lead.strip()
        return value if several else text
    return value if has_element(value, shape) and not has_element(lead, shape) else text
