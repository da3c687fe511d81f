"""The verdict on one completion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Item

from .answer_key import AnswerKey
from .endings import Ending
from .evidence import shows_steps
from .question import question_of
from .readers import choices, formulas, lists, names, numbers
from .readers.reading import NOTHING, Reading
from .statements import DIRECT, Statement, statements
from .symbolic import SymbolicChecker


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
    """A verdict, if a right answer shows its steps (`evidence.py`), the extracted answer and the extraction rule."""

    verdict: Verdict
    shows_steps: bool | None
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
_READ_DIRECTLY = frozenset({AnswerType.CHOICE, AnswerType.TEXT, AnswerType.SET, AnswerType.MULTISET})


def judge(
    item: Item,
    completion: str,
    *,
    reasoning: str | None = None,
    ending: Ending = Ending.ENDED,
    symbolic: SymbolicChecker | None = None,
) -> Judgement:
    """Find the final answer, compare it with the item's and, if it is correct, look for the item's steps.

    Steps also count in a thinking model's `reasoning`, an answer does not. A completion that did not end is judged
    only by an answer line or a box: the last number of a cut calculation is not its answer.

    Only formulas that the exact rules cannot decide are passed to `symbolic` (if none is given, one is started); the
    verdict is `timeout` if it does not decide in time.
    """
    verdict, extracted, rule = judge_answer(AnswerKey.of(item), completion, ending=ending, symbolic=symbolic)
    shown = shows_steps(item, f"{reasoning or ''}{completion}" if verdict is Verdict.CORRECT else "")
    return Judgement(verdict, shown, extracted, rule)


def judge_answer(
    key: AnswerKey, completion: str, *, ending: Ending = Ending.ENDED, symbolic: SymbolicChecker | None = None
) -> tuple[Verdict, str | None, str]:
    """The part of `judge` that depends on the answer alone: verdict, extracted answer and the rule that found it."""
    for statement in statements(completion):
        if ending is not Ending.ENDED and not statement.stated and statement.rule != DIRECT:
            continue
        reading = read(statement, key, symbolic)
        if reading.extracted is not None:
            return _verdict(statement, reading), reading.extracted, statement.rule
        if statement.stated and ending is Ending.ENDED:
            return Verdict.UNPARSED, None, statement.rule
    return Verdict.UNPARSED if ending is Ending.ENDED else Verdict.TRUNCATED, None, "none"


def read(statement: Statement, key: AnswerKey, symbolic: SymbolicChecker | None = None) -> Reading:
    """The reading of one statement by the reader of the key's answer type."""
    if statement.rule == DIRECT and key.answer_type not in _READ_DIRECTLY:
        return NOTHING
    if not statement.stated and _gives_back(statement.text, key):
        return NOTHING
    if key.answer_type is AnswerType.EXPRESSION:
        return formulas.read(statement, key, symbolic)
    return _READERS[key.answer_type](statement, key)


def _gives_back(text: str, key: AnswerKey) -> bool:
    """True for a text that only repeats the question, unless it is a right text itself."""
    plain = text.strip(" \t\r\n.!?*_`")
    own = any(plain.casefold() == right.strip().casefold() for right in key.texts)
    return not own and question_of(key.question).given_back(plain)


def is_right(key: AnswerKey, text: str) -> bool:
    """True if the text, as an answer line, states the right answer."""
    return bool(read(Statement(text, "answer_line", True), key).right)


def _verdict(statement: Statement, reading: Reading) -> Verdict:
    if reading.right is None:
        return Verdict.TIMEOUT
    if reading.right:
        return Verdict.CORRECT
    return Verdict.MALFORMED if statement.stated and not reading.well_formed else Verdict.WRONG
