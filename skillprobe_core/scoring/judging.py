"""The verdict on one completion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from skillprobe_core.items.checking import check, needs_algebra
from skillprobe_core.items.extraction import extract
from skillprobe_core.items.schema import Item
from skillprobe_core.scoring.symbolic import SymbolicChecker

MAX_EVIDENCE_CHARACTERS = 100_000
_SEPARATORS = str.maketrans({**dict.fromkeys(",;:[](){}\"'`*|$\u00d7\u00b7", " "), "\u2212": "-"})
_BULLET = re.compile(r"^[ \t]*[-\u2022] ", re.MULTILINE)
_OPERATOR = re.compile(r" ?([-+=/<>]) ?")


class Verdict(StrEnum):
    """The verdict on a completion; `timeout` is for checks that run in a worker with a time limit."""

    CORRECT = "correct"
    WRONG = "wrong"
    UNPARSED = "unparsed"
    TIMEOUT = "timeout"


class Judgement(NamedTuple):
    """A verdict, its strictness, the extracted answer and the extraction rule."""

    verdict: Verdict
    strict: bool
    extracted: str | None
    rule: str


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
    item: Item, completion: str, *, reasoning: str | None = None, symbolic: SymbolicChecker | None = None
) -> Judgement:
    """Extract the final answer, compare it with the item's and, if it is correct, look for the skill's evidence.

    Evidence also counts in a thinking model's `reasoning`, an answer does not.

    Only formulas that the exact rules cannot decide are passed to `symbolic` (if none is given, one is started); the
    verdict is `timeout` if it does not decide in time.
    """
    extracted, rule = extract(completion, item.answer_type)
    if extracted is None:
        return Judgement(Verdict.UNPARSED, False, None, rule)
    right: bool | None = check(
        item.answer_type, item.answer, extracted, accepted=item.accepted, tolerance=item.tolerance
    )  # fmt: skip
    if not right and needs_algebra(item.answer_type, item.answer, extracted):
        if symbolic is None:
            with SymbolicChecker() as own:
                right = own.equal(item.answer, extracted)
        else:
            right = symbolic.equal(item.answer, extracted)
    if right is None:
        return Judgement(Verdict.TIMEOUT, False, extracted, rule)
    if not right:
        return Judgement(Verdict.WRONG, False, extracted, rule)
    return Judgement(Verdict.CORRECT, shows(f"{reasoning or ''}{completion}", item.evidence), extracted, rule)
