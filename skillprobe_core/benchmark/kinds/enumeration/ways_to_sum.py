"""Every way to write a number as a sum of a few parts (math).

The parts are small and adding two of them is trivial; the work is to run through the smallest part, then the
next, so that no way is missed and none comes twice in another order. That is enumeration. Levels have more parts,
larger numbers and conditions on the parts. From level 6 on the parts come from a list of unrelated numbers, which gets
longer, so that the sums that have to be tried double.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.ladder import LADDER

from .search_sizes import LADDER_LEVELS, has_size

_FORM = "Join the parts of each sum with +, in increasing order, and separate the sums with commas."
_WORDINGS = {
    "write": "Write {total} as a sum of {count} {parts} in every possible way. {form}",
    "list": "List all ways to get {total} by adding {count} {parts}. {form}",
    "which": "Which sums of {count} {parts} give {total}? {form}",
}
_COUNTS = {1: 2, 2: 2, 3: 3, 4: 3, 5: 4}
_TOTALS = {1: (4, 16), 2: (18, 32), 3: (8, 26), 4: (24, 48), 5: (20, 58)}
_HIGHEST = {1: (4, 10), 2: (10, 18), 3: (7, 13), 4: (12, 20), 5: (12, 18)}
_MOST = {1: 5, 2: 6, 3: 8, 4: 10, 5: 14}
# Number of parts, and length of the list that they come from.
_LADDER = {6: (5, 12), 7: (5, 16), 8: (5, 20), 9: (6, 20)}
_MOST_OF_LADDER = 40
_NAMES = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
_SORTS = {1: ("",), 2: ("", "odd ", "even "), 3: ("",), 4: ("odd ", "even ", ""), 5: ("odd ", "even ", "")}


def _ways(total: int, parts: list[int], count: int, different: bool) -> tuple[list[tuple[int, ...]], int]:
    """Increasing tuples of `count` parts, 2 or more, with that total, in lexicographic order, and the parts tried.

    `parts` is increasing. Parts that cannot lead to the total, whatever follows, are not tried.
    """
    if count == 2:
        most = (total - 1) // 2 if different else total // 2
        known = set(parts)
        tried = [part for part in parts if part <= most and total - part <= parts[-1]]
        return [(part, total - part) for part in tried if total - part in known], len(tried)
    found = []
    looks = 0
    for place, part in enumerate(parts):
        if part * count > total:
            break
        if part + parts[-1] * (count - 1) < total:
            continue
        rest = parts[place + 1 :] if different else parts[place:]
        if not rest:
            continue
        ways, more = _ways(total - part, rest, count - 1, different)
        looks += 1 + more
        found += [(part, *way) for way in ways]
    return found, looks


def _reference(ways: list[str], total: int, parts: list[int], count: int) -> str:
    if count == 2:
        shown = (f"{part}+{total - part}" for part in parts if 2 * part <= total)
        return "; ".join(f"{way} {'yes' if way in ways else 'no'}" for way in shown) + "."
    smallest = dict.fromkeys(way.split("+")[0] for way in ways)
    return " ".join(
        f"Smallest {first}: {', '.join(way for way in ways if way.split('+')[0] == first)}." for first in smallest
    )


class _Sums(NamedTuple):
    """A total, the parts that may add up to it, and in words which parts they are.

    looks: parts that a search from the smallest to the largest part tries.
    """

    total: int
    parts: list[int]
    named: str
    found: list[tuple[int, ...]]
    looks: int


def _sums(level: int, rng: random.Random) -> _Sums | None:
    """Sums of parts of a range; None if the draw has none or too many."""
    total, high = rng.randint(*_TOTALS[level]), rng.randint(*_HIGHEST[level])
    low = rng.randint(0, 2) if level == 1 else rng.randint(1, 3)
    different, sort = rng.random() < 0.5, rng.choice(_SORTS[level])
    parts = [part for part in range(low, high + 1) if not sort or (part % 2 == 1) == (sort == "odd ")]
    found, looks = _ways(total, parts, _COUNTS[level], different)
    if not 1 <= len(found) <= _MOST[level]:
        return None
    named = f"{'different ' if different else ''}{sort}whole numbers from {low} to {high}"
    return _Sums(total, parts, named + ("" if different else " (which may be equal)"), found, looks)


def _listed_sums(level: int, rng: random.Random) -> _Sums | None:
    """Sums of different numbers of a list; one sum is drawn first."""
    count, size = _LADDER[level]
    parts = sorted(rng.sample(range(11, 60 * size), size))
    total = sum(rng.sample(parts, count))
    found, looks = _ways(total, parts, count, True)
    if not (len(found) <= _MOST_OF_LADDER and has_size(level, looks)):
        return None
    return _Sums(total, parts, f"different numbers from the list {', '.join(map(str, parts))}", found, looks)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 splits a number up to 16 into two parts, level 5 one up to 58 into four, level 9 adds six of
    20 numbers."""
    sums = None
    while sums is None:
        sums = (_sums if level < LADDER else _listed_sums)(level, rng)
    count = _COUNTS[level] if level < LADDER else _LADDER[level][0]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(total=sums.total, count=_NAMES[count], parts=sums.named, form=_FORM)
    yield prompt
    ways = ["+".join(map(str, way)) for way in sums.found]
    answer = ", ".join(ways)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{_reference(ways, sums.total, sums.parts, count)}\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=tuple(ways),
        steps=sums.looks,
    )


KIND = Kind(
    name="ways_to_sum",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.MATH,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=LADDER_LEVELS,
    order=2,
    grows="numbers in the list and parts of a sum, up to six out of 20 numbers",
)
