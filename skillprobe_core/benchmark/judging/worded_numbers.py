"""Numbers written as words: English cardinals, ordinals and simple fractions, and Chinese numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

_UNITS = {
    word: value
    for value, word in enumerate(
        (
            "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
            "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
        )
    )
}  # fmt: skip
_TENS = {
    word: 10 * value
    for value, word in enumerate(("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2)
}
SCALES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
}  # fmt: skip
_ORDINALS = {
    word: value
    for value, word in enumerate(
        (
            "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
            "twelfth",
        ),
        1,
    )
}  # fmt: skip
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fourth": 4, "fourths": 4,
    "fifth": 5, "fifths": 5, "sixth": 6, "sixths": 6, "seventh": 7, "sevenths": 7, "eighth": 8, "eighths": 8,
    "ninth": 9, "ninths": 9, "tenth": 10, "tenths": 10, "twelfth": 12, "twelfths": 12,
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z]+")
_DIGIT_ORDINAL = re.compile(r"(?<![\w.,])(\d{1,4})(?:st|nd|rd|th)\b", re.IGNORECASE)
_LINK = re.compile(r"(?:[ \t]|-)(?:and[ \t])?(?=[A-Za-z])|[ \t]?,[ \t]?(?=[A-Za-z])")
_CHINESE_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2, "兩": 2, "〇": 0}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
# Not inside other words: 一共, 一定, 一样.
_CHINESE = re.compile(
    "(?<![\u4e00-\u9fff])(?<![是为為有得共于到剩])[零一二三四五六七八九两兩〇十百千万億亿]{1,20}(?![共定起般样樣些致直切旦边邊下])"
    "|(?<=[是为為有得共于到剩])[零一二三四五六七八九两兩〇十百千万億亿]{1,20}(?![共定起般样樣些致直切旦边邊下])"
)
# `one` that is not a number.
_PRONOUN = re.compile(
    r"\b(?:no|any|every|some|this|that|which|each|the|other|another|correct|right|wrong|last|only|first|second|third"
    r"|fourth|fifth|sixth|seventh|eighth|ninth|tenth)[ ]$",
    re.IGNORECASE,
)
_ONE_OF = re.compile(r"\s(?:of|can|could|must|that|who|which|has|gets)\b")
_POINT = re.compile(r"\spoint((?:\s(?:zero|one|two|three|four|five|six|seven|eight|nine)\b){1,20})", re.IGNORECASE)
_AND_A_HALF = re.compile(r"\sand\s(?:a|one)\shalf\b", re.IGNORECASE)
_LONGEST = 24
LARGEST = 999_999
_NAMES = {value: word for word, value in (_UNITS | _TENS).items()}
_FIRST = frozenset({*_UNITS, *_TENS, "a", "an", "half", "minus", "negative"})


class Worded(NamedTuple):
    """A number in words: its value and its place in the text."""

    value: Fraction
    start: int
    end: int


def cardinals(text: str) -> Iterator[Worded]:
    """The numbers of a text in English or Chinese words, from left to right."""
    place = 0
    for word in _WORD.finditer(text):
        if word.start() < place:
            continue
        found = _cardinal(text, word)
        if found is not None:
            place = found.end
            yield found
    for match in _CHINESE.finditer(text):
        value = _chinese(match[0])
        if value is not None:
            yield Worded(Fraction(value), match.start(), match.end())


def _words_from(text: str, word: re.Match[str]) -> list[tuple[str, int]]:
    """The words that follow each other with single blanks, hyphens or `and`, each with its end."""
    found = [(word[0].casefold(), word.end())]
    while len(found) < _LONGEST:
        link = _LINK.match(text, found[-1][1])
        after = _WORD.match(text, link.end()) if link else None
        if after is None:
            break
        found.append((after[0].casefold(), after.end()))
    return found


def _cardinal(text: str, word: re.Match[str]) -> Worded | None:
    """The number that begins with a word of the text; None if none does."""
    first = word[0].casefold()
    if first not in _FIRST or (first == "one" and _is_pronoun(text, word)):
        return None
    words = _words_from(text, word)
    sign = 1
    if first in {"minus", "negative"}:
        sign, words = -1, words[1:]
    elif first == "half":
        return Worded(Fraction(1, 2), word.start(), word.end())
    elif first in {"a", "an"} and words[1:] and (words[1][0] in SCALES or words[1][0] in _PARTS):
        words = [("one", words[0][1]), *words[1:]]
    value, end = _sum_of(words)
    if end < 0:
        return None
    point = _POINT.match(text, end)
    if point:
        decimals = "".join(str(_UNITS[each.casefold()]) for each in point[1].split())
        return Worded(sign * (value + Fraction(int(decimals), 10 ** len(decimals))), word.start(), point.end())
    half = _AND_A_HALF.match(text, end)
    return Worded(sign * (value + Fraction(1, 2) if half else value), word.start(), half.end() if half else end)


def _is_pronoun(text: str, word: re.Match[str]) -> bool:
    return bool(_PRONOUN.search(text, max(0, word.start() - 10), word.start()) or _ONE_OF.match(text, word.end()))


def _sum_of(words: list[tuple[str, int]]) -> tuple[Fraction, int]:
    """The value of the longest numeral that the words begin with, and its end; -1 if they begin with none."""
    total = group = 0
    room, top, end = 10**15, 10**15, -1  # the next word must be less than `room`, the next scale less than `top`
    for each, each_end in words:
        value = _UNITS.get(each, _TENS.get(each))
        if value is not None and value < room and (value or end < 0):
            group, room = group + value, 10 if value >= 20 else 0
        elif each in ("hundred", "dozen") and 0 < group < 100:
            group, room = group * SCALES[each], 100
        elif each in SCALES and group > 0 and 1000 <= SCALES[each] < top:
            total, group, room, top = total + group * SCALES[each], 0, SCALES[each], SCALES[each]
        elif each in _PARTS and total + group > 0:
            return Fraction(total + group, _PARTS[each]), each_end
        else:
            break
        end = each_end
    return Fraction(total + group), end


def ordinal(text: str) -> Worded | None:
    """The one ordinal of a text (`third`, `3rd`); None if there is none or more than one."""
    found = [
        Worded(Fraction(_ORDINALS[word[0].casefold()]), word.start(), word.end())
        for word in _WORD.finditer(text)
        if word[0].casefold() in _ORDINALS
    ]
    found += [Worded(Fraction(int(each[1])), each.start(), each.end()) for each in _DIGIT_ORDINAL.finditer(text)]
    return found[0] if len(found) == 1 else None


def _chinese(text: str) -> int | None:
    """The value of a Chinese numeral; None for a row of digits, such as 三五."""
    if len(text) == 1 and text in "千百万億亿零〇":
        return None
    total = group = digit = 0
    last_digit = False
    for character in text:
        if character in _CHINESE_DIGITS:
            if last_digit and digit:
                return None
            digit, last_digit = _CHINESE_DIGITS[character], True
            continue
        last_digit = False
        if character in _CHINESE_UNITS:
            group, digit = group + (digit or 1) * _CHINESE_UNITS[character], 0
        else:
            total, group, digit = (total + group + digit) * (10**4 if character == "万" else 10**8), 0, 0
    return total + group + digit


def spelled(number: int) -> str | None:
    """A whole number in English words, single blanks and no `and`; None beyond 999,999."""
    if abs(number) > LARGEST:
        return None
    if number < 0:
        return f"minus {spelled(-number)}"
    if number in _NAMES:
        return _NAMES[number]
    if number < 100:
        return f"{_NAMES[number // 10 * 10]} {_NAMES[number % 10]}"
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    many, rest = divmod(number, size)
    return f"{spelled(many)} {name}" + (f" {spelled(rest)}" if rest else "")


def value_of_words(text: str) -> int | None:
    """The whole number up to 999,999 that a text consists of, in words; None for any other text."""
    text = text.strip()
    found = next(cardinals(text), None) if len(text) <= 120 else None
    if found is None or (found.start, found.end) != (0, len(text)):
        return None
    return int(found.value) if found.value.denominator == 1 and abs(found.value) <= LARGEST else None
