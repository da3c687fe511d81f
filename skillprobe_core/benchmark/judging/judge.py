"""The verdict on one completion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Item

from .checking import check, needs_algebra, readable
from .endings import Ending
from .extraction import STATED, extract
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
    """An answer line, or a box, holds something of another form than the item's type requires (words for a number)."""
    UNPARSED = "unparsed"
    """The completion ended without an answer."""
    TRUNCATED = "truncated"
    """The completion did not end (cut, looped or inside its reasoning) and has no answer line and no box."""
    TOO_LONG = "too_long"
    """The prompt leaves no room for an answer in the model's context, so nothing was generated."""
    TIMEOUT = "timeout"
    """The symbolic comparison of two formulas ran out of time."""


class Judgement(NamedTuple):
    """A verdict, its strictness, the extracted answer and the extraction rule."""

    verdict: Verdict
    strict: bool
    extracted: str | None
    rule: str


class AnswerKey(NamedTuple):
    """The right answer of an item, as it is compared: its type, its text, further texts, the tolerance of a decimal."""

    answer_type: AnswerType
    answer: str
    accepted: Sequence[str] = ()
    tolerance: float | None = None


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
    """Extract the final answer, compare it with the item's and, if it is correct, look for the skill's evidence.

    Evidence also counts in a thinking model's `reasoning`, an answer does not. A completion that did not end is judged
    only by an answer line or a box: the last number of a cut calculation is not its answer.

    Only formulas that the exact rules cannot decide are passed to `symbolic` (if none is given, one is started); the
    verdict is `timeout` if it does not decide in time.
    """
    key = AnswerKey(item.answer_type, item.answer, item.accepted, item.tolerance)
    verdict, extracted, rule = judge_answer(key, completion, ending=ending, symbolic=symbolic)
    strict = verdict is Verdict.CORRECT and shows(f"{reasoning or ''}{completion}", item.evidence)
    return Judgement(verdict, strict, extracted, rule)


def judge_answer(
    key: AnswerKey, completion: str, *, ending: Ending = Ending.ENDED, symbolic: SymbolicChecker | None = None
) -> tuple[Verdict, str | None, str]:
    """The part of `judge` that depends on the answer alone: verdict, extracted answer and extraction rule."""
    extracted, rule = extract(completion, key.answer_type)
    if ending is not Ending.ENDED and (extracted is None or rule not in STATED):
        return Verdict.TRUNCATED, None, "none"
    if extracted is None:
        return Verdict.UNPARSED, None, rule
    right: bool | None = check(
        key.answer_type, key.answer, extracted, accepted=key.accepted, tolerance=key.tolerance
    )  # fmt: skip
    if not right and needs_algebra(key.answer_type, key.answer, extracted):
        if symbolic is None:
            with SymbolicChecker() as own:
                right = own.equal(key.answer, extracted)
        else:
            right = symbolic.equal(key.answer, extracted)
    if right is None:
        return Verdict.TIMEOUT, extracted, rule
    if not right:
        malformed = rule in STATED and not _readable(key, extracted)
        return Verdict.MALFORMED if malformed else Verdict.WRONG, extracted, rule
    return Verdict.CORRECT, extracted, rule


def _readable(key: AnswerKey, extracted: str) -> bool:
    return any(readable(key.answer_type, answer, extracted) for answer in (key.answer, *key.accepted))
