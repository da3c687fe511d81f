r"""Extraction of a completion's final answer, by rules tried in this order:

1. `boxed`: the content of the last `\boxed{...}`.
2. `answer_line`: the text after the last `Answer:`, `The answer is`, `Final answer:`, `####` or the like, on its line,
   or on the next lines if nothing follows on its own. `'Answer: '` in quotes repeats the instruction and is skipped;
   if there is nothing else, there is no answer.
3. By answer type: `last_number` (integer, rational, decimal); `last_option`, a letter standing alone (choice);
   `last_list`, the last list in square brackets (sequence, set, multiset); `statement`, the text after the last verb
   of being or colon in the last sentence of the last line (text, choice); `last_line` (all types except numbers).

The first rule that applies decides, even if its answer is empty or odd. A completion without a matching rule, or with
an empty answer, is unparsed. Only the last 16,384 characters are read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType

from . import notation

MAX_COMPLETION_CHARACTERS = 16_384
MAX_EXTRACTED_CHARACTERS = 4_001

_CUE = re.compile(
    r"####|\banswers?\b[\s*_`]{0,4}(?:[:=]|\((?=[^\n()]{0,20}\)[*_\s]{0,4}:)[^\n()]{0,20}\)[*_\s]{0,4}:"
    r"|[^\n.:=]{0,60}?\b(?:is|are|be|equals)\b[*\s]{0,3}:?)",
    re.IGNORECASE,
)
_CLOSING_QUOTE = re.compile(r"\s?['\"\u2019\u201d](?=\s|$)")
_NUMERIC = frozenset({AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL})
_LISTS = frozenset({AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET})
_BULLET = re.compile(r"\s{0,8}(?:[-*\u2022]|\d{1,3}[.)])\s+(?=\S)")
_BRACKETED = re.compile(r"[\[{(]([^\[\](){}]{0,4000})[\])}]")
_SQUARE = re.compile(r"\[([^\[\]]{0,4000})\]")
_OPTION_FIRST = re.compile(r"(?:option|choice)?\s*[(\[]?([A-Za-z])(?:[)\].:,;]|\s*$|\s+[-(\u2013])", re.IGNORECASE)
_OPTION_ANYWHERE = re.compile(r"\(([A-Z])\)|(?:option|choice)\s+([A-Z])\b|(?<![\w'.])([A-Z])(?=[).:]*\s*(?:$|\n))")
_FORMULA = re.compile(r"\$([^$]{1,4000})\$")
_ASIDE = re.compile(r"\([^()]{0,400}\)")
_SENTENCE_END = re.compile(r"[.;!?](?=\s)")
# Three letters or more before the full stop, so that `J. S. Bach` and `St. Louis` stay whole.
_NAME_END = re.compile(r"(?<=[^\W\d]{3})[.!?](?=\s+[A-Z])")
_STATES = re.compile(r"(?:\b(?:is|are|was|were|equals|means)|:)\s+(?:(?:called|named|known as)\s+)?", re.IGNORECASE)
_MAX_LINE_WORDS = 40


STATED = frozenset({"boxed", "answer_line"})
"""The rules that find an answer which the completion marks as one; the others are a last resort."""


class Extraction(NamedTuple):
    """The answer found (None when unparsed) and the rule that found it (`none` when no rule applied)."""

    text: str | None
    rule: str


def boxed(text: str) -> str | None:
    r"""The content of the last `\boxed{...}`, with matched braces; empty if it is not closed, None without one."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    begin = start + len("\\boxed{")
    depth = 1
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin:place]
    return ""


def _after_cue(text: str, many_lines: bool) -> str | None:
    folded = text.casefold()
    begins = [place for place in (folded.find("####"), folded.find("answer")) if place >= 0]
    if not begins:
        return None
    # Case folding never shortens a text: at the same length, all positions are unchanged.
    begin = min(begins) if len(folded) == len(text) else 0
    end, repeated = None, False
    for cue in _CUE.finditer(text, begin):
        if _CLOSING_QUOTE.match(text, cue.end()):
            repeated = True
        else:
            end = cue.end()
    if end is None:
        return "" if repeated else None
    lines = [line for line in text[end:].lstrip(" \t*_`:").splitlines() if line.strip(" \t*_`$\\[](){}")]
    if not lines:
        return ""
    if many_lines and _BULLET.match(lines[0]):
        listing: list[str] = []
        for line in lines:
            bullet = _BULLET.match(line)
            if not bullet:
                break
            listing.append(line[bullet.end() :].strip())
        return ", ".join(listing)
    return lines[0]


def _number_of(text: str) -> str:
    """The part of a line that states one number; the line itself if it states none or several."""
    text = notation.plain(text)
    sentence = _SENTENCE_END.split(text, maxsplit=1)[0]
    for candidate in (text, sentence, _ASIDE.sub(" ", sentence), re.split(r"[=\u2248]", sentence)[-1]):
        if notation.number(candidate) is not None:
            return notation.number_texts(candidate)[-1]
    return text


def _option_of(text: str) -> str:
    """The option letter that a line begins with or names; the line itself if there is none."""
    text = notation.plain(text).strip(" \t*_`\"'")
    option = _OPTION_FIRST.match(text)
    return option[1].upper() if option else text


def _list_of(text: str) -> str:
    """The list in a line: in brackets, or after the last colon or verb."""
    text = notation.plain(text).strip()
    brackets = _BRACKETED.findall(text)
    if len(brackets) == 1 and text.rstrip(" .").endswith(("]", "}", ")")):
        return str(brackets[0])
    return re.split(r":\s+|\b(?:is|are)\s+", text)[-1]


def _formula_of(text: str) -> str:
    """The formula in a line: the last one between dollar signs, else the line without its full stop."""
    formulas = _FORMULA.findall(text)
    return str(formulas[-1]) if formulas else text.strip().removesuffix(".")


def _refine(text: str, answer_type: AnswerType) -> str:
    if answer_type in _NUMERIC:
        return _number_of(text)
    if answer_type is AnswerType.CHOICE:
        return _option_of(text)
    if answer_type in _LISTS:
        return _list_of(text)
    if answer_type is AnswerType.EXPRESSION:
        return _formula_of(text)
    return _NAME_END.split(notation.plain(text), maxsplit=1)[0]


def _by_type(text: str, answer_type: AnswerType) -> Extraction:
    if answer_type in _NUMERIC:
        numbers = notation.number_texts(notation.plain(text))
        return Extraction(numbers[-1], "last_number") if numbers else Extraction(None, "none")
    if answer_type is AnswerType.CHOICE:
        options = _OPTION_ANYWHERE.findall(notation.plain(text))
        if options:
            return Extraction(next(letter for letter in options[-1] if letter), "last_option")
    if answer_type in _LISTS:
        lists = _SQUARE.findall(notation.plain(text))
        if lists:
            return Extraction(lists[-1].strip(), "last_list")
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and answer_type in {AnswerType.TEXT, AnswerType.CHOICE}:
        *_, sentence = _NAME_END.split(notation.plain(lines[-1])[-MAX_EXTRACTED_CHARACTERS:].strip())
        *before, stated = _STATES.split(sentence)
        if before and len(sentence.split(maxsplit=_MAX_LINE_WORDS)) <= _MAX_LINE_WORDS:
            return Extraction(_refine(stated, answer_type), "statement")
    if lines and len(lines[-1].split(maxsplit=_MAX_LINE_WORDS)) <= _MAX_LINE_WORDS:
        return Extraction(_refine(lines[-1], answer_type), "last_line")
    return Extraction(None, "none")


def extract(completion: str, answer_type: AnswerType) -> Extraction:
    """The final answer of a completion and the rule that found it; the module docstring lists the rules."""
    text = completion[-MAX_COMPLETION_CHARACTERS:]
    found = boxed(text)
    rule = "boxed"
    if found is None:
        found = _after_cue(text, many_lines=answer_type in _LISTS)
        rule = "answer_line"
    if found is None:
        found, rule = _by_type(text, answer_type)
    else:
        found = _refine(found, answer_type)
    found = (found or "").strip().strip("*`").strip()
    return Extraction(found[:MAX_EXTRACTED_CHARACTERS] or None, rule)
