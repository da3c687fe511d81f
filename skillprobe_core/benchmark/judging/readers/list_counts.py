"""Counts of elements written out: `2^2 * 3`, `4 with multiplicity 2`, `A twice`, `A: 2`."""

from __future__ import annotations

import re

from skillprobe_core.benchmark.judging.question import Question

MAX_FACTORS = 64
_POWERS = re.compile(
    r"(?<![\w^.*/+-])\d{1,9}(?:\^\{?\d{1,2}\}?)?(?:\s?\*\s?\d{1,9}(?:\^\{?\d{1,2}\}?)?){0,30}(?![\w^.*/+-]*[\w^*/+-])"
)
_MULTIPLICITY = re.compile(
    r"(?<![\w.])(-?\d{1,9}(?:/\d{1,9})?),?\s\(?(?:counted\s)?(?:with|of)\s(?:a\s)?multiplicity\s(?:of\s)?([1-9]|one|two|three)\b\)?",
    re.IGNORECASE,
)
_TIMES = {**{str(number): number for number in range(1, 10)}, "one": 1, "two": 2, "three": 3}
_OFTEN = {"once": 1, "twice": 2, "thrice": 3}
_SAID_OFTEN = re.compile(
    r"(?<![\w.])(?P<element>-?\w{1,20}),?\s\(?(?P<count>once|twice|thrice|(?:[1-9]|two|three)\stimes)\b\)?",
    re.IGNORECASE,
)
_COUNT_BEHIND = re.compile(r"(?<![\w.])(?P<element>[A-Za-z]{1,20})\s?[:=*]\s?(?P<count>[1-9])(?![\w.])")
_COUNT_BEFORE = re.compile(
    r"(?<![\w.])(?P<count>[1-9]|one|two|three)\s(?P<element>[A-Za-z]{1,20}?)(?:'?s)?(?![\w'])", re.IGNORECASE
)


def repeated(text: str, question: Question) -> str:
    """The text with numbers written as often as they count: `2^2 * 3` for prime factors, `4 with multiplicity 2`."""
    if "multiplicity" in text:
        text = _MULTIPLICITY.sub(lambda found: ", ".join([found[1]] * _TIMES[found[2].lower()]), text)
    return (
        _POWERS.sub(_factors, text) if {"prime", "factors"} <= question.words and ("^" in text or "*" in text) else text
    )


def counts_written_out(text: str, answer: str, question: str) -> str:
    """The text with elements of the answer written as often as it says: `A twice`, `A: 2`, `2 A's`.

    Numbers next to numbers are left alone, except for `5 twice`, and so is a count that the question gives itself.
    """
    elements = {element.strip().casefold() for element in answer.split(",")}

    def written(found: re.Match[str]) -> str:
        element, count = found["element"], found["count"].lower()
        times = _OFTEN.get(count) or _TIMES.get(count.split()[0], 0)
        counts = element.casefold() in elements and times and found[0].casefold() not in question
        return ", ".join([element] * times) if counts else found[0]

    text = _SAID_OFTEN.sub(written, text)
    if any(character.isdigit() for character in answer):
        return text
    return _COUNT_BEFORE.sub(written, _COUNT_BEHIND.sub(written, text))


def _factors(product: re.Match[str]) -> str:
    """The factors of a product, each as often as its exponent says."""
    powers = [power.partition("^") for power in re.split(r"\s*\*\s*", product[0])]
    times = [int(exponent.strip("{} ") or 1) for _, _, exponent in powers]
    if sum(times) > MAX_FACTORS:
        return product[0]
    return ", ".join(", ".join([base] * count) for (base, _, _), count in zip(powers, times, strict=True) if count)
