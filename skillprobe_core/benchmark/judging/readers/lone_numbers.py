"""The one number of a piece of text, unless words around it keep it from being asserted."""

from __future__ import annotations

import re
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from skillprobe_core.benchmark.judging.notation import MAX_NUMBER_CHARACTERS
from skillprobe_core.benchmark.judging.numerals import Numeral, numerals

# Signs and words of arithmetic between two numbers, and nothing else.
OPERATORS = re.compile(r"^\s?(?:[-+*/^]|\bplus\b|\bminus\b|\btimes\b|\bmod\b|//|%)+\s?\(?-?\s?$")
# Words before a number that keep it from being asserted: `at least 3`, `compared to 3`.
_HEDGE_BEFORE = re.compile(
    r"""(?:\b(?:not|never|neither|nor|[a-z]{2,6}n't|cannot[ ]be|can't[ ]be|than|at[ ]least|at[ ]most|up[ ]to|above
        |below|under|between|beyond|almost|nearly|not[ ]quite|unless|exceeds?|excluding|except|without|instead[ ]of
        |rather[ ]than|minimum[ ]of|maximum[ ]of|from|within|versus|vs[.]?|compared[ ](?:to|with)|
        (?:bit|just|slightly|little|well)[ ]over)
        \s(?:\w{1,12}\s){0,2}
    |\b(?:first|initially)[ ](?:I[ ])?(?:thought|guessed|got)[ ]|(?:^|\b(?:is|are)[ ])over[ ]
    |[<>\u2264\u2265\u2260\u00b1]\s?)[$(\"']{0,2}$""",
    re.IGNORECASE | re.VERBOSE,
)
# Words behind it that do: `3 or more`, `3 is too many`.
HEDGE_AFTER = re.compile(
    r"""^\s?(?:[A-Za-z]{1,12}\s)?(?:or[ ](?:more|less|fewer|so|higher|lower|above|below|maybe|perhaps|[\w-]+)\b|to\s\d
        |too[ ](?:much|many|few|little)\b|short(?=\s?(?:$|[.,;]))|at[ ](?:least|most)\b|and[ ](?:above|up|more|over)\b
        |(?:would\b[^.;]{0,60}|only[ ])if\b|if\b[^.;]{0,60}\b(?:were|had)\b|(?:is|was)[ ]what\b[^.;]{0,60}\bif\b
        |(?:is|was|are)[ ](?:not|wrong|incorrect|too[ ][a-z]{1,8})\b|isn't\b|\+(?:$|\s))""",
    re.IGNORECASE | re.VERBOSE,
)
# Two values in brackets: `[2, 5)`.
INTERVAL = re.compile(r"[\[(]\s?-?[^\s,;()\[\]]{1,40}\s?[,;]\s?[^\s,;()\[\]]{1,40}\s?[\])]")
# The fraction at the end of a text.
_FRACTION = re.compile(r"(\d{1,400})\s?/\s?(\d{1,400})\s*$")


class Found(NamedTuple):
    """A number that a piece of text asserts, as written, and the words around it."""

    numeral: Numeral
    text: str
    after: str = ""
    before: str = ""


def terms(text: str) -> tuple[int, int]:
    """The numerator and the denominator of the fraction at the end of a text; (0, 0) without one."""
    match = _FRACTION.search(text[-MAX_NUMBER_CHARACTERS:])
    return (int(match[1]), int(match[2])) if match else (0, 0)


def reducible(text: str) -> bool:
    """True for a text that ends with a fraction that is not in lowest terms."""
    return gcd(*terms(text)) > 1


def lone_number(text: str) -> Found | None:
    """The one number of a piece of text, if it asserts it."""
    found = numerals(text)
    if not found or INTERVAL.search(text):
        return None
    values = {each.value for each in found}
    if len(values) != 1 or None in values:
        return None
    if any(is_hedged(text, each) for each in found):
        return None
    pairs = list(pairwise(found))
    if any(OPERATORS.match(text[a.end : b.start]) for a, b in pairs):
        return None
    if _leftover(text, found):
        return None
    # Of several spellings of one value, a fraction in lowest terms is the result.
    reduced = [each for each in found if each.division and not reducible(text[each.start : each.end])]
    last = reduced[-1] if reduced and found[-1].division else found[-1]
    return found_at(text, last)


def found_at(text: str, numeral: Numeral) -> Found:
    """A number with the text around it."""
    begin, end = numeral.start, numeral.end
    return Found(numeral, text[begin:end], text[end : end + 40], text[max(0, begin - 60) : begin])


def _leftover(text: str, found: list[Numeral]) -> bool:
    """True if an operator or a root around the number shows that it is part of a formula."""
    before = text[: found[0].start].rstrip()
    after = text[found[-1].end :].lstrip()
    return bool(
        re.search(r"(?:[*/^\u221a]|[\w)\]]\s?[+]|-\s?[(|])$", before)
        or (before.endswith("|") and after.startswith("|") and text[found[0].start] == "-")
        or re.match(r"[*^\u221a\u03c0]|[+]\s?[\w(]|/\s?[\d(]|-\s?[a-z]\b", after)
        or "\u221a" in before
    )


def is_hedged(text: str, each: Numeral) -> bool:
    """True if words around a number keep it from being asserted: `at least 3`, `not 3`, `3 or more`."""
    return bool(
        _HEDGE_BEFORE.search(text, max(0, each.start - 48), each.start)
        or HEDGE_AFTER.match(text[each.end : each.end + 40])
    )
