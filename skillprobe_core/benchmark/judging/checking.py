"""Comparison of an extracted answer with the item's: one exact rule per answer type, no symbolic algebra."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from skillprobe_core.benchmark.item_schema import AnswerType

from . import notation

MAX_ANSWER_CHARACTERS = 4000
_LABEL = re.compile(r"^[^\W\d]\w{0,30}\s?[:=]\s?(?=\S)")
_NUMBER_ALONE = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?/\s?\d+)?|[-+]?\.\d+")
_ELEMENT = re.compile(r"[-+]?\d*\.?\d+(?:/[1-9]\d*)?")
# Characters that join the parts of an element: `1 + 3` is `1+3`.
_JOINER = re.compile(r"(?<=\w)\s*([-+])\s*(?=\w)")
_OPTION = re.compile(r"(?:option|choice)?\s*[(\[]?([A-Za-z])[)\].:]*", re.IGNORECASE)


def _integer(answer: str, extracted: str, tolerance: float | None) -> bool:
    return notation.number(answer) == notation.number(extracted, slash=False) is not None


def _rational(answer: str, extracted: str, tolerance: float | None) -> bool:
    return notation.number(answer) == notation.number(extracted) is not None


def _decimal(answer: str, extracted: str, tolerance: float | None) -> bool:
    expected, found = notation.number(answer), notation.number(extracted, slash=False)
    if expected is None or found is None:
        return False
    return abs(expected - found) <= (Fraction(repr(tolerance)) if tolerance else 0)


def _choice(answer: str, extracted: str, tolerance: float | None) -> bool:
    option = _option(extracted)
    if len(answer) == 1 and option:
        return option == answer.upper()
    return notation.words(answer) == notation.words(extracted)


def _option(extracted: str) -> str | None:
    """The option letter that the text consists of, as a capital; None for any other text."""
    option = _OPTION.fullmatch(notation.plain(extracted).strip())
    return option[1].upper() if option else None


def _key(element: str, *, cased: bool = False) -> Fraction | str:
    """The comparison key of a list element: a number's value, else its words without blanks around joiners.

    With `cased` the words keep their case.
    """
    text = element.strip()
    if " " in text:
        text = _JOINER.sub(r"\1", text)
    if text[:1].isdigit() or text[:1] in "+-.":
        try:
            if len(text) <= notation.MAX_NUMBER_CHARACTERS and _ELEMENT.fullmatch(text):
                return notation.fraction(text)
        except ValueError:
            return text
    return " ".join(notation.bare(notation.plain(text)).split()) if cased else notation.words(text)


def _keys(answer: str, extracted: str) -> tuple[list[Fraction | str], list[Fraction | str]]:
    expected, found = notation.elements(answer), notation.elements(extracted)
    if len(found) == 1 and len(expected) > 1 and not any(" " in element for element in expected):
        found = found[0].split()
    if not any(_LABEL.match(element) for element in expected):
        found = [_LABEL.sub("", element) for element in found]
    # Elements that differ in case alone, such as the genotypes AA and Aa, are different ones.
    cased = len({element.casefold() for element in expected}) < len(set(expected))
    return [_key(element, cased=cased) for element in expected], [_key(element, cased=cased) for element in found]


def _sequence(answer: str, extracted: str, tolerance: float | None) -> bool:
    expected, found = _keys(answer, extracted)
    return expected == found


def _set(answer: str, extracted: str, tolerance: float | None) -> bool:
    expected, found = _keys(answer, extracted)
    return len(found) == len(set(found)) and set(expected) == set(found)


def _multiset(answer: str, extracted: str, tolerance: float | None) -> bool:
    expected, found = _keys(answer, extracted)
    return Counter(expected) == Counter(found)


def _text(answer: str, extracted: str, tolerance: float | None) -> bool:
    expected = notation.words(answer)
    return bool(expected) and expected == notation.words(extracted)


def _expression(answer: str, extracted: str, tolerance: float | None) -> bool:
    """True for the same formula letter for letter (apart from LaTeX spacing and delimiters), or the same number."""
    if _formula(answer) == _formula(extracted):
        return True
    expected = _lone_number(answer)
    return expected is not None and expected == _lone_number(extracted)


def _formula(text: str) -> str:
    return "".join(notation.plain(text).split()).strip(".").replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac")


def _lone_number(text: str) -> Fraction | None:
    plain = notation.plain(text).strip().rstrip(".")
    return notation.number(plain) if _NUMBER_ALONE.fullmatch(plain) else None


def needs_algebra(answer_type: AnswerType, answer: str, extracted: str) -> bool:
    """True if exact rules cannot decide that `extracted` is wrong: two expressions, at least one not a plain number."""
    return answer_type is AnswerType.EXPRESSION and None in (_lone_number(answer), _lone_number(extracted))


CHECKS: Mapping[AnswerType, Callable[[str, str, float | None], bool]] = MappingProxyType(
    {
        AnswerType.INTEGER: _integer,
        AnswerType.RATIONAL: _rational,
        AnswerType.DECIMAL: _decimal,
        AnswerType.CHOICE: _choice,
        AnswerType.SEQUENCE: _sequence,
        AnswerType.SET: _set,
        AnswerType.MULTISET: _multiset,
        AnswerType.TEXT: _text,
        AnswerType.EXPRESSION: _expression,
    }
)


def check(
    answer_type: AnswerType,
    answer: str,
    extracted: str,
    *,
    accepted: Sequence[str] = (),
    tolerance: float | None = None,
) -> bool:
    """True if `extracted` states the answer or one of the `accepted` texts.

    integer: the same value, without a division left to do (`7.0`, `1,234`, `7 apples` are read; `14/2` is not 7).
    rational: the same value, as a fraction, mixed number or decimal.
    decimal: within `tolerance` of the value, inclusive.
    choice: the same option letter, or the same words if the options are words.
    sequence, set, multiset: the same elements (numbers by value, names without case, `1 + 3` as `1+3`); for a sequence
    in the same order, for a set ignoring order and repetition, for a multiset ignoring order.
    expression: the same formula as written, or the same number; the symbolic checker decides whether two different
    formulas are equal (`symbolic.py`). A text longer than 4,000 characters is never an answer.
    """
    if len(extracted) > MAX_ANSWER_CHARACTERS:
        return False
    rule = CHECKS[answer_type]
    return any(rule(right, extracted, tolerance) for right in (answer, *accepted))


def readable(answer_type: AnswerType, answer: str, extracted: str) -> bool:
    """True if `extracted` has the form that its type requires, so that it states a value, right or wrong.

    The parser is that of `check`, so a text that `check` accepts is readable. In doubt a text is readable:
    integer, rational, decimal: it states one number (`14/2` does; `seven`, `3 or 4` and `2^10` do not).
    choice: an option letter if the answer is one, else any words.
    sequence, set, multiset: a list, empty or with at least one number if the answer is a list of numbers.
    text, expression: any words, any formula. A text longer than 4,000 characters is not readable.
    """
    if len(extracted) > MAX_ANSWER_CHARACTERS:
        return False
    if answer_type in {AnswerType.INTEGER, AnswerType.RATIONAL, AnswerType.DECIMAL}:
        return notation.number(extracted) is not None
    if answer_type is AnswerType.CHOICE and len(answer) == 1 and answer.isalpha():
        return _option(extracted) is not None or len(notation.words(extracted)) == 1
    if answer_type in {AnswerType.SEQUENCE, AnswerType.SET, AnswerType.MULTISET}:
        expected, found = _keys(answer, extracted)
        numbers = bool(expected) and not any(isinstance(key, str) for key in expected)
        return not found or not numbers or any(isinstance(key, Fraction) for key in found)
    if answer_type is AnswerType.EXPRESSION:
        return bool(_formula(extracted))
    return bool(notation.words(extracted))
