"""The last state of a trace, before remarks on it: `Generation 2: 1 0 1`, the last row of a table, `a = 7, b = 5`."""

from __future__ import annotations

import re
from itertools import pairwise

from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.last_block import BULLET

from .list_elements import elements_of
from .list_labels import in_order_of_labels
from .list_runs import last_run
from .list_shape import ENDS, Elements, Shape, element_of

MAX_LINES = 6
_ROW = re.compile(r"\s{0,4}\|[^\n]{1,400}\|\s*")
_LEAD = re.compile(r"^.*(?::\s|->\s|=>\s|\bto\s(?=[\[(]))")
_NAMED = re.compile(
    r"(?<![\w.])`?([A-Za-z]\w{0,11})`?(?:\s?[=:]|\s(?:is|equals|holds|has|becomes)(?:\snow)?)\s"
    r"`?(-?\w{1,12})`?(?![\w.]\d|[ ]?[-+*/=])"
)
_GAP = re.compile(r"[\s,;.|*-]{0,6}(?:and\s|while\s)?(?:finally\s|then\s)?")
_ASIDE = re.compile(r"\([^()\n]{0,200}\)")
_TAKES_BACK = re.compile(r"\b(?:wait|actually|sorry|but|instead|wrong|not|no)\b|n't\b", re.IGNORECASE)


def last_state(body: str, shape: Shape) -> str:
    """The last list of a text whose lines are states, if only sentences with at most one element follow.

    Args:
        body: The complete text.
        shape: The shape of the list.

    Returns:
        The list as it is written; empty if there is none.
    """
    if len(shape.answer) < 2:
        return ""
    lines = [line for line in body.splitlines() if line.strip() and not line.lstrip().startswith("```")]
    for number, line in enumerate(reversed(lines[-MAX_LINES:])):
        if number and (state := _state_of(line, shape)):
            return state
        several = any(_names(sentence, shape) > 1 for sentence in sentences_of(line))
        if several or BULLET.match(line) or _ROW.fullmatch(line) or _TAKES_BACK.search(line):
            return ""
        if not number and (shape.together or "(" in line) and _state_of(line, shape):
            return ""
    return ""


def _state_of(line: str, shape: Shape) -> str:
    if _ROW.fullmatch(line):
        cells = [cell.strip(ENDS) for cell in line.strip().strip("|").split("|")]
        whole = next((cell for cell in reversed(cells) if len(elements_of(cell, shape) or []) > 1), "")
        if whole:
            return whole
        row = cells[-len(shape.answer) :]
        full = len(cells) - len(row) < 2 and all(element_of(cell) != "" for cell in row)
        return ", ".join(row) if full else ""
    text = BULLET.sub("", line, count=1).strip(" `*")
    for part in (_LEAD.sub("", text).strip(" `*"), text):
        found = elements_of(part, shape) or last_run(part, shape) or []
        if len(found) > 1:
            return part
    return ""


def _names(sentence: str, shape: Shape) -> int:
    """The number of elements of the answer's form in a sentence."""
    plain = _ASIDE.sub(" ", sentence)
    if shape.numeric:
        return len(re.findall(r"\d+", plain))
    words = {element_of(word) for word in re.findall(r"\w+", plain)}
    return len(words & shape.forms) if not shape.together else 0


def named_values(text: str, shape: Shape) -> Elements | None:
    """The values of all labels that the question asks for, at the end of a text: `a is 7, b is 5 and c is 4`.

    Args:
        text: The text.
        shape: The shape of the list.

    Returns:
        The values in the order of the question; None if the text does not end with one value for each.
    """
    count = len(shape.answer)
    found = [match for match in _NAMED.finditer(text) if match[1].lower() in shape.question.words]
    run = found[-count:]
    labels = [match[1] for match in run]
    if count < 2 or len(run) < count or len({label.lower() for label in labels}) < count:
        return None
    if any(not _GAP.fullmatch(text, left.end(), right.start()) for left, right in pairwise(run)):
        return None
    rest = text[run[-1].end() :]
    if _TAKES_BACK.search(rest) or any(_names(sentence, shape) > 1 for sentence in sentences_of(rest)):
        return None
    return in_order_of_labels([element_of(match[2]) for match in run], labels, shape)
