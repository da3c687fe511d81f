"""Every number that can be formed from given digits under conditions (math).

A product rule rarely describes the numbers because the conditions cut across the digits, so they are formed in order
and each is kept or dropped: enumeration. The conditions are seen at a glance. Levels have longer numbers, more digits
and more conditions. From level 6 on the digit sum is given as well, and the beginnings of numbers that have to be tried
double.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from functools import cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices, spoken
from skillprobe_core.benchmark.ladder import LADDER

from .search_sizes import LONG_LOOKS, has_size, most_looks

# What it is about, how it is said, and whether a number or the beginning of one can meet it. Parity and last digit are
# one thing.
_Condition = tuple[str, str, Callable[[str], bool]]

_WORDINGS = {
    "list": "List every {length}-digit number that can be formed from the digits {digits}, {use}, and "
    "that {conditions}. "
    "Separate the numbers with commas.",
    "which": "Numbers with {length} digits are formed from the digits {digits}, {use}. Which of these numbers have the "
    "following property: the number {conditions}? List them, separated by commas.",
    "write": "Write down all {length}-digit numbers that use only the digits {digits}, {use}. Keep each one that "
    "{conditions}. Give the numbers that are kept, separated by commas.",
}
_LENGTHS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_SHAPES: dict[int, tuple[tuple[int, int, bool], ...]] = {
    1: ((2, 3, False), (2, 2, True)),
    2: ((2, 4, False), (2, 3, True)),
    3: ((3, 3, False), (3, 4, False)),
    4: ((3, 4, True), (3, 5, False)),
    5: ((4, 4, True), (4, 5, False)),
    6: ((4, 5, True), (4, 7, False)),
    7: ((4, 6, True), (4, 7, False)),
    8: ((5, 5, True), (6, 4, True)),
    9: ((5, 6, True), (5, 8, False)),
}
_CONDITIONS = {1: 1, 2: 1, 3: 1, 4: 2, 5: 3} | dict.fromkeys(LONG_LOOKS, 2)
_MOST = {1: 4, 2: 8, 3: 10, 4: 12, 5: 14} | dict.fromkeys(LONG_LOOKS, 80)


def _condition(length: int, digits: list[str], rng: random.Random) -> _Condition:
    pick = rng.choice((0, 1, 2, 2, 3, 3, 4, 5))
    digit = rng.choice(digits)
    if pick == 0:
        return "last digit", "is even", lambda n: len(n) < length or n[-1] in "02468"
    if pick == 1:
        return "last digit", "is odd", lambda n: len(n) < length or n[-1] in "13579"
    if pick in (2, 3):
        # Numbers of one length, without a digit 0, are in the order of their texts.
        bound = "".join(choices(rng, digits, length))
        if pick == 2:
            return "size", f"is greater than {bound}", lambda n: bound[: len(n)] <= n != bound
        return "size", f"is less than {bound}", lambda n: bound[: len(n)] >= n != bound
    if pick == 4:
        return "digit", f"contains the digit {digit}", lambda n: len(n) < length or digit in n
    return "last digit", f"does not end in {digit}", lambda n: len(n) < length or n[-1] != digit


def _ladder_conditions(length: int, digits: list[str], rng: random.Random) -> list[_Condition]:
    """Conditions on neighbouring digits and on the digit sum."""
    smallest, largest = int(digits[0]), int(digits[-1])
    total = rng.randint(length * (3 * smallest + largest) // 4, length * (smallest + largest) // 2)

    def can_add_up(number: str) -> bool:
        left, places = total - sum(map(int, number)), length - len(number)
        return places * smallest <= left <= places * largest

    return [
        (
            "neighbours",
            "has no two neighbouring digits that differ by 1",
            lambda n: len(n) < 2 or abs(int(n[-1]) - int(n[-2])) != 1,
        ),
        ("digit sum", f"has the digit sum {total}", can_add_up),
    ]


@cache
def _numbers(digits: str, length: int, repeated: bool) -> tuple[str, ...]:
    drawn = itertools.product(digits, repeat=length) if repeated else itertools.permutations(digits, length)
    return tuple("".join(number) for number in drawn)


def _formed(
    digits: list[str], length: int, repeated: bool, conditions: list[_Condition], most: int | None
) -> tuple[list[str], int]:
    """The numbers that meet the conditions, and how many beginnings of numbers are tried to find them.

    A beginning that cannot meet a condition is dropped. A search that tries more than `most` finds nothing.
    """
    found, looks = [""], 0
    for _ in range(length):
        tried = [number + digit for number in found for digit in digits if repeated or digit not in number]
        looks += len(tried)
        if most is not None and looks > most:
            return [], looks
        found = tried
        for _, _, fits in conditions:
            found = list(filter(fits, found))
    return found, looks


def _narrows(numbers: tuple[str, ...], conditions: list[_Condition]) -> bool:
    """True if each condition excludes a number that those before it admit."""
    found = list(numbers)
    for _, _, holds in conditions:
        kept = list(filter(holds, found))
        if len(kept) == len(found):
            return False
        found = kept
    return True


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has at most 6 two-digit numbers and one condition, level 5 up to 256 and three, level 9 numbers
    of five digits and four conditions."""
    while True:
        length, digit_count, repeated = rng.choice(_SHAPES[level])
        digits = sorted(rng.sample("123456789", digit_count))
        conditions: list[_Condition] = []
        while len(conditions) < _CONDITIONS[level]:
            drawn = _condition(length, digits, rng)
            if drawn[0] not in [about for about, _, _ in conditions]:
                conditions.append(drawn)
        if level >= LADDER:
            conditions = [*_ladder_conditions(length, digits, rng), *conditions]
        found, looks = _formed(digits, length, repeated, conditions, most_looks(level, LONG_LOOKS))
        if not (1 <= len(found) <= _MOST[level] and has_size(level, looks, LONG_LOOKS)):
            continue
        numbers = _numbers("".join(digits), length, repeated) if level < LADDER else ()
        if level >= LADDER or _narrows(numbers, conditions):
            break
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        length=_LENGTHS[length],
        conditions=spoken([text for _, text, _ in conditions]),
        digits=spoken(digits),
        use="each of them any number of times" if repeated else "each of them at most once",
    )
    yield prompt
    answer = ", ".join(found)
    shown = numbers if level <= 2 else tuple(found)
    checked = " ".join(f"{number} {'yes' if number in found else 'no'}." for number in shown)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=tuple(found),
        steps=looks,
    )


KIND = Kind(
    name="digit_numbers",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.MATH,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=(1, 2, 3, 4, 5, *LONG_LOOKS),
    order=3,
    grows="digits of the numbers and conditions, up to six digits and four conditions",
)
