"""The first claim in a report that its own readings refute (science).

The readings are in the prompt and so is every claim about them; a claim is checked by looking at the readings. There
is nothing to compute beyond comparing two numbers and nothing to know: diagnostic. Levels have more readings
and claims, larger numbers, and claims over several readings at once (largest, how many above a limit). From level 6 on
every claim is about a part of the readings, and the readings to look at multiply.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices

from .error_places import error_places

_QUANTITIES = ("temperature", "pressure", "mass", "speed", "height", "voltage", "length", "dose")
_WORDINGS = {
    "report": "The {quantity} readings were {readings}. {claims} "
    "Which is the first false claim? If there is none, answer 0.",
    "draft": "Readings of the {quantity}, in order: {readings}. A draft report says: {claims} "
    "Give the number of the first claim that the readings refute. If there is none, answer 0.",
    "review": "Review this report on the {quantity} readings {readings}. {claims} "
    "At which claim is the first mistake? If there is none, answer 0.",
}
_READINGS = {1: (3, 3), 2: (4, 4), 3: (5, 6), 4: (7, 8), 5: (9, 11), 6: (16, 16), 7: (26, 26), 8: (45, 45), 9: (76, 76)}
_CLAIMS = {1: (2, 3), 2: (3, 4), 3: (4, 5), 4: (6, 6), 5: (7, 8), 6: (14, 14), 7: (24, 24), 8: (40, 40), 9: (72, 72)}
_LARGEST = {1: 9, 2: 20, 3: 99, 4: 200, 5: 999} | dict.fromkeys((6, 7, 8, 9), 9999)
_Claim = tuple[str, str, list[str]]  # what it says, with {v} for its value; the right value; wrong values
_Sort = Callable[[list[int], int, random.Random], _Claim]


def _near(value: int, level: int, rng: random.Random) -> list[str]:
    """Numbers near to a reading; from level 4 on, those with one digit changed or two swapped."""
    digits = str(value)
    near = [value + step for step in (-3, -2, -1, 1, 2, 3)]
    if level >= 4:
        near = [value - 10, value + 10, int(digits[::-1]), value + rng.choice((-1, 1))]
    return [str(number) for number in near if number > 0 and number != value]


def _single(readings: list[int], level: int, rng: random.Random) -> _Claim:
    place = rng.randrange(len(readings))
    others = [str(reading) for reading in readings if reading != readings[place]]
    wrong = others if rng.random() < 0.5 and others else _near(readings[place], level, rng)
    return f"reading {place + 1} is {{v}}", str(readings[place]), wrong


def _extreme(readings: list[int], level: int, rng: random.Random) -> _Claim:
    name, find = rng.choice((("largest", max), ("smallest", min)))
    right = find(readings)
    return f"the {name} reading is {{v}}", str(right), [str(r) for r in readings if r != right]


def _comparison(readings: list[int], level: int, rng: random.Random) -> _Claim:
    one, other = rng.sample(range(len(readings)), 2)
    if readings[one] == readings[other]:
        return _single(readings, level, rng)
    larger = readings[one] > readings[other]
    words = ["larger", "smaller"] if larger else ["smaller", "larger"]
    return f"reading {one + 1} is {{v}} than reading {other + 1}", words[0], words[1:]


def _number_above(readings: list[int], level: int, rng: random.Random) -> _Claim:
    limit = rng.choice(readings)
    right = sum(reading > limit for reading in readings)
    wrong = [str(number) for number in (right - 1, right + 1) if number >= 0]
    return f"the number of readings above {limit} is {{v}}", str(right), wrong


def _place_of_largest(readings: list[int], level: int, rng: random.Random) -> _Claim:
    places = [place for place, reading in enumerate(readings, start=1) if reading == max(readings)]
    if len(places) > 1:
        return _single(readings, level, rng)
    return (
        "the largest one is reading {v}",
        str(places[0]),
        [str(n) for n in range(1, len(readings) + 1) if n != places[0]],
    )


def _part(readings: list[int], rng: random.Random) -> tuple[int, int]:
    """The first and last place of a part of at least a third of the readings, counted from 1."""
    size = rng.randint(len(readings) // 3, len(readings) - 1)
    first = rng.randint(1, len(readings) - size + 1)
    return first, first + size - 1


def _extreme_of_part(readings: list[int], level: int, rng: random.Random) -> _Claim:
    first, last = _part(readings, rng)
    part = sorted(set(readings[first - 1 : last]))
    name = rng.choice(("largest", "smallest"))
    right, near = (part[-1], part[-4:-1]) if name == "largest" else (part[0], part[1:4])
    return f"the {name} of readings {first} to {last} is {{v}}", str(right), [str(reading) for reading in near]


def _number_in_part(readings: list[int], level: int, rng: random.Random) -> _Claim:
    first, last = _part(readings, rng)
    part = readings[first - 1 : last]
    limit = rng.choice(part)
    right = sum(reading > limit for reading in part)
    wrong = [str(number) for number in (right - 1, right + 1) if number >= 0]
    return f"the number of readings above {limit} among readings {first} to {last} is {{v}}", str(right), wrong


def _rises_in_part(readings: list[int], level: int, rng: random.Random) -> _Claim:
    first, last = _part(readings, rng)
    right = sum(a < b for a, b in itertools.pairwise(readings[first - 1 : last]))
    wrong = [str(number) for number in (right - 1, right + 1) if number >= 0]
    return f"the number of rises from reading {first} to reading {last} is {{v}}", str(right), wrong


_PARTS: tuple[_Sort, ...] = (_extreme_of_part, _number_in_part, _rises_in_part)


def _looks(claim: str, count: int) -> int:
    """The readings that a claim is about: those of a part, all of them, or the one or two that it names."""
    part = re.search(r"readings? (\d+) to (?:reading )?(\d+)", claim)
    if part:
        return int(part[2]) - int(part[1]) + 1
    return count if re.search("largest|smallest|number", claim) else claim.count("reading ")


_SORTS: dict[int, tuple[_Sort, ...]] = {
    1: (_single, _extreme),
    2: (_single, _extreme, _comparison),
    3: (_single, _extreme, _comparison, _number_above),
    4: (_single, _extreme, _comparison, _number_above, _place_of_largest),
    5: (_extreme, _comparison, _number_above, _place_of_largest, _single),
} | dict.fromkeys((6, 7, 8, 9), _PARTS)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 3 readings and 2 or 3 claims, level 5 up to 11 readings and 8 claims, level 9
    76 readings and 72 claims."""
    while True:
        readings = choices(rng, range(1, _LARGEST[level] + 1), rng.randint(*_READINGS[level]))
        if len(set(readings)) > 1:
            break
    count = rng.randint(*_CLAIMS[level])
    places = error_places(level, count)
    error = rng.choice(places)
    claims: list[str] = []
    rights: list[tuple[str, str]] = []
    wrongly = ""
    known: set[str] = set()
    while len(claims) < count:
        text, right, wrong = rng.choice(_SORTS[level])(readings, level, rng)
        if text in known:
            continue
        known.add(text)
        number = len(claims) + 1
        said = right
        if number == error:
            said = wrongly = rng.choice(wrong)
        claims.append(f"{number}. {text.replace('{v}', said).capitalize()}.")
        rights.append((text, right))
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        quantity=rng.choice(_QUANTITIES), readings=", ".join(map(str, readings)), claims=" ".join(claims)
    )
    yield prompt
    checked = [text.replace("{v}", right) for text, right in rights[: error or count]]
    checks = [f"{n}: {claim} ok." for n, claim in enumerate(checked, start=1)]
    if error:
        checks[-1] = f"{error}: {checked[-1]}, not {wrongly}."
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        evidence=(checked[-1],),
        steps=sum(_looks(text, len(readings)) for text, _ in rights[: error or count]),
    )


KIND = Kind(
    name="reading_claims",
    version=2,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.SCIENCE,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_CLAIMS),
    order=3,
    grows="readings and claims about a part of them, up to 76 readings and 72 claims",
)
