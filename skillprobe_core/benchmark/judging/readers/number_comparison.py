"""Comparison of a number with the key: its value, its form and its unit."""

from __future__ import annotations

import re
from fractions import Fraction

from skillprobe_core.benchmark.item_schema import AnswerType
from skillprobe_core.benchmark.judging import notation
from skillprobe_core.benchmark.judging.answer_key import AnswerKey
from skillprobe_core.benchmark.judging.clean_text import clean
from skillprobe_core.benchmark.judging.numerals import Numeral

from .lone_numbers import Found, reducible, terms
from .reading import Reading
from .unit_words import factor_behind

_LOWEST_TERMS = re.compile(r"\b(?:(?:lowest|simplest)\s(?:terms|form|fraction)|reduced|irreducible)\b", re.IGNORECASE)
# `12 more than before` is 12 only for a question that asks for a difference.
_COMPARES = re.compile(r"\s?(?:[A-Za-z]{1,20}\s)?(?:more|fewer|less)\sthan\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:more|fewer|less|than|difference|differ|change|increase|decrease|grow|rise|fall|excess)\b", re.IGNORECASE
)
_DECIMAL_ASKED = re.compile(r"\b(?:decimals?|rounded|round)\b", re.IGNORECASE)
# A change, not the value after it: `falls by 2`, `an increase of 12`.
_CHANGE_BEFORE = re.compile(
    r"\b(?:(?:drop|fall|rise|increase|decrease|reduce|lower|raise|grow|shrink|change|differ)(?:s|d|ed|ing)?\b[^.;:,]{0,24}?\bby"
    r"|(?:increase|decrease|reduction|rise|drop|change|difference|discount|surcharge)\sof)\s(?:about\s|only\s)?[$(]?$",
    re.IGNORECASE,
)
# A fraction with its decimal value: `3/7 = 0.43`.
_APPROXIMATED = re.compile(
    r"(?<![\d/.])(-?\d{1,30})\s?/\s?(\d{1,30})(?![\d/.])\s?,?\s?"
    r"(?:[A-Za-z\u03a9]{1,8},?\s)?(?:(?:[=\u2248]|(?:which|that)\sis|or|i\.e\.,?)\s?(?:about\s|approximately\s|roughly\s)?"
    r"|(?:about|approximately|approx\.|roughly|around|nearly)\s)(-?\d{0,9}\.(\d{1,20}))(?![\d/]|\.\d)"
)
_OVER = re.compile(r"(?<![\d/.])(\d{1,30})\sover\s(\d{1,30})(?![\d/]|\.\d)")


def in_fractions(text: str) -> str:
    """The text with `3 over 7` as `3/7`, and fractions without the rounded value that follows them."""

    def exact(match: re.Match[str]) -> str:
        over, under, rounded, decimals = int(match[1]), int(match[2]), Fraction(match[3]), len(match[4])
        close = under and abs(Fraction(over, under) - rounded) <= Fraction(1, 10**decimals)
        return f"{over}/{under}" if close else match[0]

    return _APPROXIMATED.sub(exact, _OVER.sub(r"\1/\2", clean(text)))


def compared(found: Found, key: AnswerKey) -> Reading:
    """Compare a number with the key; a number in a form that the question does not allow is not well formed."""
    right = _right(found, key)
    left_to_do = _left_to_do(found, key)
    return Reading(right, found.text, right or not (left_to_do or repeats_question(found, key)))


def _left_to_do(found: Found, key: AnswerKey) -> bool:
    """True for a fraction where the question asks for an integer or a decimal number."""
    if key.answer_type is AnswerType.RATIONAL or not found.numeral.division:
        return False
    if terms(found.text)[1] == 1:
        return False
    whole = any(value is not None and value.denominator == 1 for value in map(notation.number, key.texts))
    asked = _DECIMAL_ASKED.search(key.question) or _occurs(found.text, key.question)
    return key.answer_type is AnswerType.INTEGER or whole or bool(asked)


def is_relative(found: Found) -> bool:
    """True for a number that compares: `219 more than before`."""
    return _COMPARES.match(found.after) is not None


def repeats_question(found: Found, key: AnswerKey) -> bool:
    """True for a number that is to be written as a fraction and stays as the question has it."""
    return (
        key.answer_type is AnswerType.RATIONAL
        and not found.numeral.division
        and "fraction" in key.question.casefold()
        and all(found.text.casefold() != text.casefold() for text in key.texts)
        and _occurs(found.text, key.question)
    )


def _occurs(text: str, question: str) -> bool:
    """True if the question contains this number, written like this."""
    squeezed, within = ("".join(each.casefold().split()) for each in (text, question))
    return re.search(rf"(?<![\d.,/]){re.escape(squeezed)}(?![\d/]|[.,]\d)", within) is not None


def _right(found: Found, key: AnswerKey) -> bool:
    if _left_to_do(found, key) or repeats_question(found, key):
        return False
    if found.numeral.division and _LOWEST_TERMS.search(key.question) and reducible(found.text):
        return False
    changed = _COMPARES.match(found.after) or _CHANGE_BEFORE.search(found.before)
    if changed and key.question and not _COMPARED.search(key.question):
        return False
    unit = factor_behind(found.after, key.question)
    if unit != 1 and _occurs(found.text, key.question):
        return False  # the question's own quantity, not converted
    return any(_same(found.numeral, answer, key, unit) for answer in key.texts)


def _same(found: Numeral, answer: str, key: AnswerKey, unit: Fraction) -> bool:
    expected = notation.number(answer)
    if expected is None or found.value is None:
        return False
    within = Fraction(repr(key.tolerance)) if key.answer_type is AnswerType.DECIMAL and key.tolerance else Fraction(0)
    values = [found.value * unit]
    question = key.question.casefold()
    if (
        found.percent
        and key.answer_type is not AnswerType.INTEGER
        and "percent" not in question
        and "%" not in question
    ):
        values = [found.value / 100] if abs(expected) <= 1 else [found.value / 100, found.value]
    if found.scale > 1 and re.search(r"\b(?:thousand|million|billion|trillion)s?\b", question):
        values.append(found.value / found.scale)
    return any(abs(expected - value) <= within for value in values)
