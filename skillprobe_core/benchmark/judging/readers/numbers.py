"""Reading of numbers: integers, rationals and decimals.

A statement asserts a number if it states one value and nothing else in its place. `number_sentences` finds it, and
`number_comparison` compares it with the key.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.clean_text import clean
from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.numerals import numerals
from skillprobe_core.benchmark.judging.question import MAX_QUESTION_CHARACTERS
from skillprobe_core.benchmark.judging.retractions import kept
from skillprobe_core.benchmark.judging.statements import Statement

from .lone_numbers import INTERVAL, Found, found_at, is_hedged
from .number_comparison import compared, in_fractions, repeats_question
from .number_sentences import asserted_number, number_of_line
from .numbered import NumberedThing, asks_for_first, first_faulty_line, numbered_thing, only_calls_sound
from .reading import MAX_ANSWER_CHARACTERS, NOTHING, Reading

_NONE = re.compile(
    r"""^\W{0,6}(?:(?:there[ ](?:is|are)[ ])?(?:none|nothing|no[ ](?:such[ ])?(?:mistakes?|errors?|steps?|lines?|claims?
            |contradictions?|clash(?:es)?|problems?|differences?))
        |all[ ](?:\w{1,16}[ ]){0,3}(?:is|are)[ ](?:correct|right|true|balanced|fine))\W{0,4}(?:[.,(]|$)""",
    re.IGNORECASE | re.VERBOSE,
)
_REFUSAL = re.compile(
    r"""\b(?:(?:cannot|can't|could[ ]not|couldn't|unable[ ]to|not[ ]able[ ]to)\s(?:\w+\s)?
            (?:solve|answer|determine|help|say|tell|work|provide|compute|know)
        |don't[ ]know|do[ ]not[ ]know|not[ ]sure|no[ ]idea)\b""",
    re.IGNORECASE | re.VERBOSE,
)
# An answer that needs no words: `3`, `(3)`, `3, since ...`.
_BARE = re.compile(r"\W{0,6}\d{1,4}\W{0,3}(?:$|[.,;:(](?!\d)|\s(?:is|since|because|as)\b)")
# Only an explanation follows: `3 - the sign is lost`.
_BARE_LEAD = re.compile(
    r"[^\w#]{0,6}(\d{1,4})[)*_`]{0,3}(?:\s?\u2014|\s[-\u2013]\s|\s\(|,?\s(?:since|because|as)\s)(?=\s?[\"'`(*]{0,2}[A-Za-z])"
)
# Two values between which the text does not choose: `either 3 or 5`.
_EITHER = re.compile(r"\beither\s[^.;\n]{1,60}\bor\s[^.;\n]{0,20}\d", re.IGNORECASE)
_FACTORIAL = re.compile(r"\d\s?!\s*$")
# The base of a numeral: `2103 (base 5)`, `in base 10`.
_BASE_ASKED = re.compile(r"\bbase[- ]\d", re.IGNORECASE)
_BASE = re.compile(
    r"\s?\((?:in\s)?base[- ](?:\d{1,2}|[a-z]{3,8})\)|\s(?:in\s)?base[- ](?:\d{1,2}|ten)\b", re.IGNORECASE
)


def read(statement: Statement, key: AnswerKey) -> Reading:
    """Compare the number that a statement asserts with the key's.

    integer: the same value, without a division left to do. rational: the same value. decimal: within the tolerance.
    """
    if "base" in statement.text and _BASE_ASKED.search(key.question):
        statement = statement._replace(text=_BASE.sub(" ", statement.text))
    if key.answer_type is AnswerType.RATIONAL:
        statement = statement._replace(text=in_fractions(statement.text))
    if len(statement.text) > 4 * MAX_ANSWER_CHARACTERS and statement.stated:
        return Reading(False, statement.text[:MAX_ANSWER_CHARACTERS], False)
    if statement.rule == "boxed" and _FACTORIAL.search(statement.text):
        return Reading(False, statement.text.strip(), False)
    if statement.stated:
        return _stated(statement.text, key)
    of_first = _first_wrong(statement.text, key, statement.body or statement.text)
    if of_first is not None:
        return of_first
    found = _unmarked(statement, _givens(key))
    return NOTHING if found is None or repeats_question(found, key) else compared(found, key)


def _first_wrong(text: str, key: AnswerKey, body: str) -> Reading | None:
    """The reading of a text that answers a question for the first wrong thing; None if it names no thing.

    The lines before it may judge one thing each.
    """
    if not asks_for_first(key.question) or _REFUSAL.search(text[-400:]):
        return None
    lines = [clean(line) for line in body.splitlines() if line.strip()]
    last = clean(next((line for line in reversed(text.splitlines()) if line.strip()), ""))
    bare = _BARE_LEAD.match(last)
    thing = NumberedThing(int(bare[1]), bare[1]) if bare else None
    thing = thing or first_faulty_line(lines) or first_faulty_line(sentences_of(last)) or numbered_thing(last)
    if thing is None:
        return NOTHING if only_calls_sound(last) else None
    return _compared_thing(thing, key)


def _numbered(line: str, key: AnswerKey) -> Reading | None:
    thing = numbered_thing(clean(line))
    return _compared_thing(thing, key) if thing else None


def _compared_thing(thing: NumberedThing, key: AnswerKey) -> Reading:
    right = any(notation.number(text) == thing.number for text in key.texts)
    return Reading(right, thing.text[:MAX_ANSWER_CHARACTERS], True)


def _stated(text: str, key: AnswerKey) -> Reading:
    lines = [line for line in kept(text).splitlines() if line.strip(" \t*_`$\\[]{}()>\"'.:")]
    if not lines:
        return NOTHING
    first = _numbered(lines[0], key) if asks_for_first(key.question) and not _BARE.match(clean(lines[0])) else None
    if first is not None:
        return first
    for line in lines[:2]:
        found = number_of_line(line)
        if found is not None:
            return compared(found, key)
        if numerals(clean(line)[:MAX_ANSWER_CHARACTERS]):
            break
    whole = clean(lines[0]).strip()
    if notation.number(key.answer) == 0 and _NONE.match(whole):
        return Reading(True, whole[:MAX_ANSWER_CHARACTERS], True)
    return Reading(False, whole[:MAX_ANSWER_CHARACTERS], False) if whole else NOTHING


def _givens(key: AnswerKey) -> frozenset[Fraction]:
    """The numbers of the question; none if the answer is one of them."""
    given = _numbers_of(key.question[:MAX_QUESTION_CHARACTERS])
    return frozenset() if any(notation.number(text) in given for text in key.texts) else given


@lru_cache(maxsize=1024)
def _numbers_of(question: str) -> frozenset[Fraction]:
    return frozenset(each.value for each in numerals(clean(question)) if each.value is not None)


def _unmarked(statement: Statement, givens: frozenset[Fraction]) -> Found | None:
    lines = [line for line in statement.text.splitlines() if line.strip()]
    if _REFUSAL.search(statement.text[-400:]):
        return None
    if statement.rule != "text":
        found = asserted_number(lines[-1][-MAX_ANSWER_CHARACTERS:], givens) if lines else None
        return found if found and found.numeral.value is not None else None
    for line in lines[:-4:-1]:
        text = clean(line[-MAX_ANSWER_CHARACTERS:])
        if _EITHER.search(text):
            return None
        found_here = [each for each in numerals(text) if not is_hedged(text, each)]
        if found_here:
            last = found_here[-1]
            return None if last.value is None or INTERVAL.search(text) else found_at(text, last)
    return None
