"""Every number that can be formed from given digits under conditions (math).

A product rule rarely describes the numbers because the conditions cut across the digits, so they are formed in order
and each is kept or dropped: enumeration. The conditions are seen at a glance. Levels have longer numbers, more digits
and more conditions.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from functools import cache

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices, spoken

# What it is about, how it is said, and whether a number meets it. Parity and last digit are one thing.
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
_LENGTHS = {2: "two", 3: "three", 4: "four"}
_SHAPES: dict[int, tuple[tuple[int, int, bool], ...]] = {
    1: ((2, 3, False), (2, 2, True)),
    2: ((2, 4, False), (2, 3, True)),
    3: ((3, 3, False), (3, 4, False)),
    4: ((3, 4, True), (3, 5, False)),
    5: ((4, 4, True), (4, 5, False)),
}
_CONDITIONS = {1: 1, 2: 1, 3: 1, 4: 2, 5: 3}
_MOST = {1: 4, 2: 8, 3: 10, 4: 12, 5: 14}


def _condition(length: int, digits: list[str], rng: random.Random) -> _Condition:
    pick = rng.choice((0, 1, 2, 2, 3, 3, 4, 5))
    digit = rng.choice(digits)
    if pick == 0:
        return "last digit", "is even", lambda n: n[-1] in "02468"
    if pick == 1:
        return "last digit", "is odd", lambda n: n[-1] in "13579"
    if pick in (2, 3):
        # Numbers of one length, without a digit 0, are in the order of their texts.
        bound = "".join(choices(rng, digits, length))
        if pick == 2:
            return "size", f"is greater than {bound}", lambda n: n > bound
        return "size", f"is less than {bound}", lambda n: n < bound
    if pick == 4:
        return "digit", f"contains the digit {digit}", lambda n: digit in n
    return "last digit", f"does not end in {digit}", lambda n: n[-1] != digit


@cache
def _numbers(digits: str, length: int, repeated: bool) -> tuple[str, ...]:
    drawn = itertools.product(digits, repeat=length) if repeated else itertools.permutations(digits, length)
    return tuple("".join(number) for number in drawn)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has at most 6 two-digit numbers and one condition, level 5 up to 256 and three."""
    while True:
        length, digit_count, repeated = rng.choice(_SHAPES[level])
        digits = sorted(rng.sample("123456789", digit_count))
        numbers = _numbers("".join(digits), length, repeated)
        conditions: list[_Condition] = []
        while len(conditions) < _CONDITIONS[level]:
            drawn = _condition(length, digits, rng)
            if drawn[0] not in [about for about, _, _ in conditions]:
                conditions.append(drawn)
        found, narrows = list(numbers), True
        for _, _, holds in conditions:
            kept = list(filter(holds, found))
            narrows = narrows and len(kept) < len(found)
            found = kept
        if narrows and 1 <= len(found) <= _MOST[level]:
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
    )


KIND = Kind(
    name="digit_numbers",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.MATH,
    answer_type=AnswerType.SET,
    draft=draft,
    order=3,
)
