"""Whole numbers in words, English and Chinese: `twenty-four`, `minus nine`, `三`."""

from __future__ import annotations

import re
from functools import lru_cache

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_CHINESE = dict(zip("零一二三四五六七八九十两", (*range(11), 2), strict=True))
_WORD = re.compile(r"[a-z]+|[零一二三四五六七八九十两]")
LARGEST = 999_999


def spelled(number: int) -> str | None:
    """A whole number in English words, single blanks and no `and`; None beyond 999,999."""
    if abs(number) > LARGEST:
        return None
    if number < 0:
        return f"minus {spelled(-number)}"
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens - 2] + (f" {_SMALL[ones]}" if ones else "")
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    many, rest = divmod(number, size)
    return f"{spelled(many)} {name}" + (f" {spelled(rest)}" if rest else "")


@lru_cache(maxsize=1)
def _values() -> dict[str, int]:
    found = {word: value for value, word in enumerate(_SMALL)}
    found |= {word: 20 + 10 * place for place, word in enumerate(_TENS)}
    return found | _CHINESE


def value_of_words(text: str) -> int | None:
    """The whole number that a text consists of, in words; None for any other text.

    Only what `spelled` writes is read, also with hyphens and `and`, and single Chinese numerals.
    """
    words = [word for word in _WORD.findall(text.lower()) if word != "and"]
    if not words or len(words) > 12 or _WORD.sub("", text.lower()).strip(" -") or len(text) > 120:
        return None
    negative = words[0] in {"minus", "negative"}
    total, group = 0, 0
    for word in words[negative:]:
        if word in _values():
            group += _values()[word]
        elif word == "hundred" and group:
            group *= 100
        elif word == "thousand" and group:
            total, group = total + group * 1000, 0
        else:
            return None
    value = total + group
    canonical = spelled(value)
    given = " ".join(words[negative:])
    if given != canonical and not (len(words) == 1 and words[0] in _CHINESE):
        return None
    return -value if negative else value
