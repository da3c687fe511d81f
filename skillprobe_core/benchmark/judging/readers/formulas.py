"""Reading of formulas: written alike, equal as numbers, or equal by algebra."""

from __future__ import annotations

import re
from fractions import Fraction

from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.statements import Statement
from skillprobe_core.benchmark.judging.symbolic import SymbolicChecker

from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_NUMBER_ALONE = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?|[-+]?\.\d+")
_DOLLARS = re.compile(r"\$([^$]{1,4000})\$")
_MAX_LINE_WORDS = 40


def read(statement: Statement, key: AnswerKey, symbolic: SymbolicChecker | None = None) -> Reading:
    """Compare the formula of a statement with the key's.

    Only formulas that the exact rules cannot decide are passed to `symbolic` (if none is given, one is started).
    """
    line = next(iter(statement.text.splitlines()), "")
    if not statement.stated and (statement.rule == "text" or len(line.split()) > _MAX_LINE_WORDS):
        return NOTHING
    found = formula_of(line).strip().strip("*`").strip()
    if not found:
        return NOTHING
    if len(found) > MAX_ANSWER_CHARACTERS:
        return Reading(False, found[:MAX_ANSWER_CHARACTERS], False)
    if any(same(answer, found) for answer in key.texts):
        return Reading(True, found, True)
    right = _by_algebra(key.answer, found, symbolic) if needs_algebra(key.answer, found) else False
    return Reading(right, found, bool(written(found)))


def _by_algebra(answer: str, found: str, symbolic: SymbolicChecker | None) -> bool | None:
    if symbolic is not None:
        return symbolic.equal(answer, found)
    with SymbolicChecker() as own:
        return own.equal(answer, found)


def formula_of(text: str) -> str:
    """The formula in a line: the last one between dollar signs, else the line without its full stop."""
    formulas = _DOLLARS.findall(text)
    return str(formulas[-1]) if formulas else text.strip().removesuffix(".")


def written(text: str) -> str:
    """A formula letter for letter, apart from LaTeX spacing and delimiters."""
    return "".join(notation.plain(text).split()).strip(".").replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")


def same(answer: str, found: str) -> bool:
    """True for the same formula as written, or the same number."""
    if written(answer) == written(found):
        return True
    expected = _lone_number(answer)
    return expected is not None and expected == _lone_number(found)


def _lone_number(text: str) -> Fraction | None:
    plain = notation.plain(text).strip().rstrip(".")
    return notation.number(plain) if _NUMBER_ALONE.fullmatch(plain) else None


def needs_algebra(answer: str, found: str) -> bool:
    """True if exact rules cannot decide that `found` is wrong: two formulas, at least one not a plain number."""
    return None in (_lone_number(answer), _lone_number(found))
