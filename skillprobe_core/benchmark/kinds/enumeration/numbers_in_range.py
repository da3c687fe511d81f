"""Numbers of a range that meet every stated condition (math).

Each condition is a look at one number (its parity, its last digit, a small multiple), so nothing is hard but to
go through the whole range and neither miss nor repeat a case: enumeration. There is no formula to recall, no
state that evolves and no argument to check, and the arithmetic is that of the times tables. Levels have longer
ranges and more conditions. From level 6 on the multiples that have to be looked at double.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

_Condition = tuple[str, Callable[[int], bool]]

_WORDINGS = {
    "list_every": "List every whole number from {low} to {high} that {conditions}. "
    "Write them in increasing order, separated by commas.",
    "which": "For which whole numbers n from {low} to {high} is it true that n {conditions}? "
    "Give them in increasing order, separated by commas.",
    "write_down": "Go through the whole numbers from {low} to {high}. Write down each one that {conditions}, "
    "in increasing order, separated by commas.",
}
_LENGTHS = {1: (5, 8), 2: (14, 20), 3: (30, 45), 4: (70, 110), 5: (180, 260), 6: (580, 620),
            7: (1_450, 1_550), 8: (3_700, 3_900), 9: (9_200, 9_800)}  # fmt: skip
_LADDER = (6, 7, 8, 9)
_HIGHEST_START = {1: 60, 2: 90, 3: 200, 4: 500, 5: 700, 6: 1_500, 7: 4_000, 8: 9_000, 9: 20_000}
_FILTERS = {1: 0, 2: 1, 3: 1, 4: 2, 5: 3} | dict.fromkeys(_LADDER, 4)
_MULTIPLES = {2: (3, 4, 5), 3: (4, 5, 6, 7), 4: (7, 8, 9, 11), 5: (9, 11, 12, 13)} | dict.fromkeys(
    _LADDER, (11, 12, 13)
)
_MOST = {1: 8, 2: 6, 3: 8, 4: 10, 5: 12} | dict.fromkeys(_LADDER, 100)


def _plain(rng: random.Random) -> _Condition:
    """A condition that is seen at a glance."""
    pick = rng.randrange(5)
    digit = rng.randrange(10)
    if pick == 0:
        return "is even", lambda n: n % 2 == 0
    if pick == 1:
        return "is odd", lambda n: n % 2 == 1
    if pick == 2:
        return f"contains the digit {digit}", lambda n: str(digit) in str(n)
    if pick == 3:
        return f"does not contain the digit {digit}", lambda n: str(digit) not in str(n)
    return f"is not a multiple of {3 + digit % 3}", lambda n: n % (3 + digit % 3) != 0


def _digit_condition(rng: random.Random) -> _Condition:
    """A condition on the digits that takes a moment."""
    pick = rng.randrange(3)
    if pick == 0:
        limit = rng.randint(6, 14)
        return f"has a digit sum of at most {limit}", lambda n: sum(map(int, str(n))) <= limit
    if pick == 1:
        return "has no repeated digit", lambda n: len(set(str(n))) == len(str(n))
    return "ends in a digit larger than its first digit", lambda n: str(n)[-1] > str(n)[0]


def _conditions(level: int, rng: random.Random) -> tuple[int, list[_Condition]]:
    """The conditions, and the number that the first one (from level 2 on) asks a multiple of, else 1."""
    if level == 1:
        return 1, [_plain(rng)]
    base = rng.choice(_MULTIPLES[level])
    conditions: list[_Condition] = [(f"is a multiple of {base}", lambda n: n % base == 0)]
    while len(conditions) <= _FILTERS[level]:
        drawn = _digit_condition(rng) if level >= 3 and rng.random() < 0.5 else _plain(rng)
        if drawn[0] not in {text for text, _ in conditions}:
            conditions.append(drawn)
    return base, conditions


def _joined(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _reference(low: int, high: int, candidates: list[int], conditions: list[_Condition], answer: str) -> str:
    if len(conditions) == 1:
        _, holds = conditions[0]
        return " ".join(f"{n} {'yes' if holds(n) else 'no'}." for n in range(low, high + 1)) + f"\nAnswer: {answer}"
    lines = []
    for text, holds in conditions:
        candidates = [n for n in candidates if holds(n)]
        lines.append(f"{text[0].upper()}{text[1:]}: {', '.join(map(str, candidates))}.")
    return "\n".join([*lines, f"Answer: {answer}"])


def _meeting(numbers: list[int], conditions: list[Callable[[int], bool]]) -> list[int]:
    for holds in conditions:
        numbers = list(filter(holds, numbers))
    return numbers


def _looks(numbers: list[int], conditions: list[Callable[[int], bool]]) -> int:
    """Looks at the numbers, and at each of them until a condition fails."""
    looks = len(numbers)
    for holds in conditions:
        looks += len(numbers)
        numbers = list(filter(holds, numbers))
    return looks


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 5 to 8 numbers and one condition, level 5 some 200 numbers and four conditions,
    level 9 some 9,500 numbers and five conditions."""
    while True:
        low = rng.randint(1, _HIGHEST_START[level])
        high = low + rng.randint(*_LENGTHS[level]) - 1
        step, conditions = _conditions(level, rng)
        first, *others = [holds for _, holds in conditions]
        candidates = [n for n in range(-(-low // step) * step, high + 1, step) if first(n)]
        found = _meeting(candidates, others)
        if not 1 <= len(found) <= _MOST[level]:
            continue
        without = [_meeting(candidates, others[:place] + others[place + 1 :]) for place in range(len(others))]
        excluded = (n for n in range(low, high + 1) if not first(n))
        if all(len(more) > len(found) for more in without) and any(all(h(n) for h in others) for n in excluded):
            break
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(low=low, high=high, conditions=_joined([text for text, _ in conditions]))
    yield prompt
    answer = ", ".join(map(str, found))
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=_reference(low, high, candidates, conditions, answer),
        template=wording,
        chance=0.0,
        evidence=tuple(map(str, found)),
        steps=_looks(candidates, others),
    )


KIND = Kind(
    name="numbers_in_range",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.MATH,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=(1, 2, 3, 4, 5, *_LADDER),
    order=1,
    grows="length of the range, up to 9,800 numbers under five conditions",
)
