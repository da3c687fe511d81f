"""The number that a line asserts, best in its last sentences.

A check, an aside and a count behind a list do not count. The result of a calculation comes before other numbers.
"""

from __future__ import annotations

import re
from fractions import Fraction

from skillprobe_core.benchmark.judging.clean_text import clean
from skillprobe_core.benchmark.judging.closings import sentences_of
from skillprobe_core.benchmark.judging.numerals import Numeral, numerals
from skillprobe_core.benchmark.judging.retractions import kept
from skillprobe_core.benchmark.judging.worded_numbers import ordinal

from .lone_numbers import Found, lone_number
from .number_candidates import NEGATION, candidates_of
from .number_comparison import is_relative
from .reading import MAX_ANSWER_CHARACTERS

NONE_GIVEN: frozenset[Fraction] = frozenset()
_COUNT_ASIDE = re.compile(
    r"\(\s?(?:that is |i\.e\.,? |a total of |total:? |count:? )?(\d{1,6})(?:\s[a-z]{1,20}){0,4}\s?\)\.?\s*$",
    re.IGNORECASE,
)
_ID_EST = re.compile(r"\bi\.e\.,?(?=\s)", re.IGNORECASE)
_SO = re.compile(r"[,;]\s(?:and\s)?(?:so|hence|thus|therefore)\s", re.IGNORECASE)
_ALONE = re.compile(
    r"-?\d[\d.,/]{0,20}(?:\s[A-Za-z\u00b0%][A-Za-z\u00b0%/^\d]{0,11})?"
    r"(?:\s(?:in (?:all|total)|altogether|together|overall))?\s?[.!]?"
)
_BOLD = re.compile(r"\*\*([^*\n]{1,80})\*\*|\\boxed\{([^{}\n]{1,80})\}")
_STEP = re.compile(r"^\W{0,6}(?:step|part)\s\w{1,6}\s?[:.)]\W{0,4}", re.IGNORECASE)
# The result of a calculation at the end of a sentence: `so we multiply: 6 * 7 = 42.`
_CALCULATED = re.compile(r"\d\s?[-+*/]\s?-?\d[^=\n]{0,80}(=\s?[^=\n]{1,60})$")
# The solution at the end of a sentence: `Divide by 2: x = -3.`
_SOLVED = re.compile(r"\s?[a-z]\s?=\s?([^=\n]{1,40})")
# The end of a sentence before one that begins with a number: `The volume is 9 mL. 18/9 = 2`.
_SENTENCE_BEFORE_NUMBER = re.compile(
    r"(?<=[A-Za-z)])(?<!e\.g)(?<!i\.e)(?<!\bca)(?<!\b[Nn]o)(?<!approx)[.]\s+(?=[(]?\d)"
    r"|(?<=\d)[.]\s+(?=\d[\d.,]{0,20}\s?(?:[-+*/]|plus|minus|times|divided)\s)"
)
# `It cannot be reduced (gcd 1)`.
_WORDED_ASIDE = re.compile(r"\(\s?[A-Za-z][^()\n]{0,200}\)")
# The parts of a sum: `24 for the cups, 64 for the stamps`.
_SHARES = re.compile(r"\d\s(?:coins?\s)?(?:for|from|on)\s(?:the\s)?[a-z]")
# What would follow: `A fourth step would take you to 100`.
_GOES_BEYOND = re.compile(
    r"\W*(?:an?(?:other)?|one (?:more|further)|the next)\s(?:\w{1,12}\s){0,3}would\b", re.IGNORECASE
)
# The size of a fraction: `That is a bit under thirteen`.
_ROUNDS = re.compile(
    r"(?:that|this|it|which)(?:'s|\s(?:is|equals))\s(?:about|roughly|approximately|around|nearly|almost|just|an?\s(?:bit|little)"
    r"|slightly)\s",
    re.IGNORECASE,
)
# A check behind the result: `x = 4, and plugging it back in: ...`.
_CHECK = re.compile(
    r"(?:^|(?:[,;(]|[.!])?\s)(?:(?:and|which|then)\s)?(?:(?:plug|substitut|put|insert)(?:t?ing|ging|e)?\b"
    r"(?:[^.:;]{0,40}?\bback\b|\s(?:it|this|that)\sin(?:to)?\b|\sin\b[^\n]*[\u2713\u2714\u2705])"
    r"|(?:check|verification|proof)\s?:|checking\s?[:,]|to\s(?:check|verify)\b|as\sa\scheck\b).*$",
    re.IGNORECASE,
)


def asserted_number(line: str, givens: frozenset[Fraction] = NONE_GIVEN) -> Found | None:
    """The number that a line asserts, best in its last sentences; a number of the question only if it has no other."""
    parts = _SENTENCE_BEFORE_NUMBER.split(kept(_STEP.sub("", line)))
    sentences = [each for part in parts for each in sentences_of(part)]
    for number, written in reversed(list(enumerate(sentences))):
        sentence = _without_check(written)
        bold = [found for match in _BOLD.finditer(sentence) if (found := lone_number(clean(match[1] or match[2])))]
        if bold and len({each.numeral.value for each in bold}) == 1:
            return bold[-1]
        if number and (len(_SHARES.findall(sentence)) > 1 or _CHECK.match(sentence) or _GOES_BEYOND.match(sentence)):
            continue
        if number and "/" in sentences[number - 1] and _ROUNDS.match(sentence):
            continue
        if not numerals(clean(_WORDED_ASIDE.sub(" ", sentence))) and number:
            continue
        found = _calculated(sentence) or _concluded(sentence) or number_of_line(sentence, givens)
        if found is not None and number and is_relative(found):
            continue
        if found is not None:
            return found
        if numerals(clean(sentence)):
            return None
    return None


def _without_check(sentence: str) -> str:
    """The sentence without a check at its end, if a number stays."""
    unchecked = _CHECK.sub("", sentence)
    return unchecked if numerals(clean(unchecked)) else sentence


def _calculated(sentence: str) -> Found | None:
    """The result of a calculation that ends a sentence, where the words before it contain numbers of their own."""
    text = clean(sentence).strip().rstrip(".! ")
    lead, colon, equation = text.rpartition(":")
    solved = _SOLVED.fullmatch(equation) if colon and numerals(lead) else None
    if solved:
        return lone_number(solved[1])
    if ";" in equation:
        lead, colon, equation = text.rpartition(";")
    match = _CALCULATED.search(equation) if colon and numerals(lead) and len(text) <= MAX_ANSWER_CHARACTERS else None
    return lone_number(match[1].lstrip("= ")) if match else None


def _concluded(sentence: str) -> Found | None:
    """The one number behind the last `so` of a sentence, or alone behind its last colon: `70 % of that: 483`."""
    text = clean(sentence).strip()
    if len(text) > MAX_ANSWER_CHARACTERS:
        return None
    *before, tail = _SO.split(text)
    if before and (found := lone_number(tail)):
        return found
    lead, colon, value = text.rpartition(": ")
    return lone_number(value) if colon and numerals(lead) and _ALONE.fullmatch(value) else None


def number_of_line(line: str, givens: frozenset[Fraction] = NONE_GIVEN) -> Found | None:
    """The number that a line asserts; None if it asserts none, or several.

    Args:
        line: The line.
        givens: Numbers of the question, which the line may repeat without asserting them.

    Returns:
        The number, one that is not given if there is one.
    """
    text = _ID_EST.sub("that is", clean(kept(line))).strip()
    if len(text) > MAX_ANSWER_CHARACTERS:
        return None
    counted = _counted(text)
    if counted is not None:
        return counted
    given: Found | None = None
    for candidate in candidates_of(text):
        found = lone_number(candidate)
        if found is not None and found.numeral.value not in givens and not is_relative(found):
            return found
        given = given or found
    return given or _ordinal(text)


def _counted(text: str) -> Found | None:
    """The count in brackets behind a list of as many numbers: `13, 31, 33 (3 numbers)`."""
    match = _COUNT_ASIDE.search(text)
    if match is None:
        return None
    listed = [each for each in re.split(r"[,;]\s?(?:and\s)?|\sand\s", text[: match.start()]) if each.strip()]
    count = int(match[1])
    if len(listed) < 2 or len(listed) != count:
        return None
    return Found(Numeral(Fraction(count), match.start(1), match.end(1)), match[1])


def _ordinal(text: str) -> Found | None:
    """An ordinal that stands for a number: `the third step`; none in a text with numbers, or of many words."""
    if NEGATION.search(text):
        return None
    found = ordinal(text) if len(text.split(maxsplit=9)) <= 8 and not numerals(text) else None
    if found is None or (found.value == 1 and len(text.split()) > 3):
        return None
    return Found(Numeral(found.value, found.start, found.end), text[found.start : found.end])
