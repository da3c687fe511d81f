"""Every way to write a number as a sum of a few parts (math).

The parts are small and adding two of them is trivial; the work is to run through the smallest part, then the
next, so that no way is missed and none comes twice in another order. That is enumeration. Levels have more parts,
larger numbers and conditions on the parts.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

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
_NAMES = {2: "two", 3: "three", 4: "four"}
_SORTS = {1: ("",), 2: ("", "odd ", "even "), 3: ("",), 4: ("odd ", "even ", ""), 5: ("odd ", "even ", "")}


def _ways(total: int, parts: list[int], count: int, different: bool) -> list[tuple[int, ...]]:
    """Increasing tuples of `count` parts, 2 or more, with that total, in lexicographic order; `parts` is increasing."""
    if count == 2:
        most = (total - 1) // 2 if different else total // 2
        return [(part, total - part) for part in parts if part <= most and total - part in parts]
    found = []
    for place, part in enumerate(parts):
        if part * count > total:
            break
        if part + parts[-1] * (count - 1) < total:
            continue
        rest = parts[place + 1 :] if different else parts[place:]
        found += [(part, *way) for way in _ways(total - part, rest, count - 1, different)]
    return found


def _reference(ways: list[str], total: int, parts: list[int], count: int) -> str:
    if count == 2:
        shown = (f"{part}+{total - part}" for part in parts if 2 * part <= total)
        return "; ".join(f"{way} {'yes' if way in ways else 'no'}" for way in shown) + "."
    smallest = dict.fromkeys(way.split("+")[0] for way in ways)
    return " ".join(
        f"Smallest {first}: {', '.join(way for way in ways if way.split('+')[0] == first)}." for first in smallest
    )


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 splits a number up to 16 into two parts, level 5 one up to 58 into four."""
    count = _COUNTS[level]
    while True:
        total, high = rng.randint(*_TOTALS[level]), rng.randint(*_HIGHEST[level])
        low = rng.randint(0, 2) if level == 1 else rng.randint(1, 3)
        different, sort = rng.random() < 0.5, rng.choice(_SORTS[level])
        parts = [part for part in range(low, high + 1) if not sort or (part % 2 == 1) == (sort == "odd ")]
        found = _ways(total, parts, count, different)
        if 1 <= len(found) <= _MOST[level]:
            break
    kind_of_part = f"{'different ' if different else ''}{sort}whole numbers from {low} to {high}"
    kind_of_part += "" if different else " (which may be equal)"
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(total=total, count=_NAMES[count], parts=kind_of_part, form=_FORM)
    yield prompt
    ways = ["+".join(map(str, way)) for way in found]
    answer = ", ".join(ways)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{_reference(ways, total, parts, count)}\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=tuple(ways),
    )


KIND = Kind(
    name="ways_to_sum",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.MATH,
    answer_type=AnswerType.SET,
    draft=draft,
    order=2,
)
