"""The verdict on one completion."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Item

from .answer_key import AnswerKey
from .endings import Ending
from .readers import choices, formulas, lists, names, numbers
from .readers.reading import Reading
from .statements import Statement, statements
from .symbolic import SymbolicChecker

MAX_EVIDENCE_CHARACTERS = 100_000
_SEPARATORS = str.maketrans({**dict.fromkeys(",;:[](){}\"'`*|$\u00d7\u00b7", " "), "\u2212": "-"})
_BULLET = re.compile(r"^[ \t]*[-\u2022] ", re.MULTILINE)
_OPERATOR = re.compile(r" ?([-+=/<>]) ?")


class Verdict(StrEnum):
    """The verdict on a completion. All of them except `correct` count as not correct."""

    CORRECT = "correct"
    """The answer found is the item's."""
    WRONG = "wrong"
    """The answer found is another one."""
    MALFORMED = "malformed"
    """An answer line, or a box, holds something of another form than the item's type requires."""
    UNPARSED = "unparsed"
    """The completion ended without an answer."""
    TRUNCATED = "truncated"
    """The completion did not end (cut, looped or inside its reasoning) and has no answer line and no box."""
    TOO_LONG = "too_long"
    """The prompt leaves no room for an answer in the model's context, so nothing was generated."""
    TIMEOUT = "timeout"
    """The symbolic comparison of two formulas ran out of time."""


class Judgement(NamedTuple):
    """A verdict, its strictness, the extracted answer and the rule that found it."""

    verdict: Verdict
    strict: bool
    extracted: str | None
    rule: str


_READERS: Mapping[AnswerType, Callable[[Statement, AnswerKey], Reading]] = MappingProxyType(
    {
        AnswerType.INTEGER: numbers.read,
        AnswerType.RATIONAL: numbers.read,
        AnswerType.DECIMAL: numbers.read,
        AnswerType.CHOICE: choices.read,
        AnswerType.SEQUENCE: lists.read,
        AnswerType.SET: lists.read,
        AnswerType.MULTISET: lists.read,
        AnswerType.TEXT: names.read,
    }
)


def _flat(text: str) -> str:
    return " ".join(_BULLET.sub(" ", text).casefold().translate(_SEPARATORS).split())


def _stands_alone(text: str, start: int, end: int) -> bool:
    """True if text[start:end] is not part of a longer word or number."""
    before, after = text[start - 1 : start], text[end : end + 2]
    if before and (before.isalnum() or before == "_" or (before in ".-" and text[start].isdigit())):
        return False
    return not (after[:1].isalnum() or after[:1] == "_" or (after[:1] == "." and after[1:].isdigit()))


def shows(completion: str, evidence: Sequence[str]) -> bool:
    """True if the completion contains all evidence texts as whole words, one after the other, in order.

    Case, spacing (including around operators), list separators, brackets, bullets and bold marks are ignored. Only the
    last 100,000 characters are read.
    """
    if not evidence:
        return True
    text, sought = _flat(completion[-MAX_EVIDENCE_CHARACTERS:]), [*filter(None, map(_flat, evidence))]
    if _in_order(text, sought):
        return True
    if not any(map(_OPERATOR.search, sought)):
        return False
    text, *sought = (_OPERATOR.sub(r"\1", each) for each in (text, *sought))
    return _in_order(text, sought)


def _in_order(text: str, evidence: Sequence[str]) -> bool:
    place = 0
    for sought in evidence:
        start = text.find(sought, place)
        while start >= 0 and not _stands_alone(text, start, start + len(sought)):
            start = text.find(sought, start + 1)
        if start < 0:
            return False
        place = start + len(sought)
    return True


def judge(
    item: Item,
    completion: str,
    *,
    reasoning: str | None = None,
    ending: Ending = Ending.ENDED,
    symbolic: SymbolicChecker | None = None,
) -> Judgement:
    """Find the final answer, compare it with the item's and, if it is correct, look for the skill's evidence.

    Evidence also counts in a thinking model's `reasoning`, an answer does not. A completion that did not end is judged
    only by an answer line or a box: the last number of a cut calculation is not its answer.

    Only formulas that the exact rules cannot decide are passed to `symbolic` (if none is given, one is started); the
    verdict is `timeout` if it does not decide in time.
    """
    verdict, extracted, rule = judge_answer(AnswerKey.of(item), completion, ending=ending, symbolic=symbolic)
    strict = verdict is Verdict.CORRECT and shows(f"{reasoning or ''}{completion}", item.evidence)
    return Judgement(verdict, strict, extracted, rule)


def judge_answer(
    key: AnswerKey, completion: str, *, ending: Ending = Ending.ENDED, symbolic: SymbolicChecker | None = None
) -> tuple[Verdict, str | None, str]:
    """The part of `judge` that depends on the answer alone: verdict, extracted answer and the rule that found it."""
    for statement in statements(completion):
        if ending is not Ending.ENDED and not statement.stated:
            break
        reading = read(statement, key, symbolic)
        if reading.extracted is not None:
            return _verdict(statement, reading), reading.extracted, statement.rule
        if statement.stated and ending is Ending.ENDED:
            return Verdict.UNPARSED, None, statement.rule
    return Verdict.UNPARSED if ending is Ending.ENDED else Verdict.TRUNCATED, None, "none"


def read(statement: Statement, key: AnswerKey, symbolic: SymbolicChecker | None = None) -> Reading:
    """The reading of one statement by the reader of the key's answer type."""
    if key.answer_type is AnswerType.EXPRESSION:
        return formulas.read(statement, key, symbolic)
    return _READERS[key.answer_type](statement, key)


def is_right(key: AnswerKey, text: str) -> bool:
    """True if the text, as an answer line, states the right answer."""
    return bool(read(Statement(text, "answer_line", True), key).right)


def _verdict(statement: Statement, reading: Reading) -> Verdict:
    if reading.right is None:
        return Verdict.TIMEOUT
    if reading.right:
        return Verdict.CORRECT
    return Verdict.MALFORMED if statement.stated and not reading.well_formed else Verdict.WRONG
