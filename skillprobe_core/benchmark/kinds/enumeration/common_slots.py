"""Every time at which all of a few people are free (general).

Everybody's free times are in the prompt, in words. There is nothing to compute or to know; the work is to go through
one person's times and keep each that all the others have too, none missed: enumeration. Levels have more
people, more times and more conditions.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken

_NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gus", "Hana", "Ivan", "Jo", "Kim", "Leo", "Mia", "Ned",
          "Olga", "Pia", "Rita", "Sam", "Tom", "Uma")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PARTS = ("morning", "afternoon", "evening")
_WEEK = tuple(f"{day} {part}" for day in _DAYS for part in _PARTS)
_WORDINGS = {
    "both": "{people} List every {unit} {when} which {who} are free{limits}. "
    "Give them in the order of the week, separated by commas.",
    "meet": "{people} They want to meet{limits}. {When} which {unit}s are {who} free? "
    "Give them in the order of the week, separated by commas.",
    "common": "{people} Which free {unit}s do {who} have in common{limits}? "
    "Write them in the order of the week, separated by commas.",
}
_PEOPLE = {1: 2, 2: 3, 3: 3, 4: 4, 5: 5}
_SLOTS = {1: (3, 4), 2: (4, 5), 3: (6, 8), 4: (9, 12), 5: (12, 15)}
_LIMITS = {1: 0, 2: 0, 3: 0, 4: 1, 5: 2}
_MOST = {1: 3, 2: 4, 3: 5, 4: 6, 5: 7}


def _limits(level: int, rng: random.Random) -> list[tuple[str, str]]:
    """Conditions (kind, value): not on a day, or not in a part of the day."""
    drawn = [("day", rng.choice(_DAYS)), ("part", rng.choice(_PARTS))]
    return drawn[: _LIMITS[level]]


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 compares 3 or 4 days of two people, level 5 up to 15 half days of five people."""
    unit = "day" if level <= 2 else "time slot"
    week = _DAYS if level <= 2 else _WEEK
    while True:
        limits = _limits(level, rng)
        names = rng.sample(_NAMES, _PEOPLE[level])
        shared = rng.sample(week, rng.randint(1, _MOST[level]))
        others = [slot for slot in week if slot not in shared]
        free = []
        for _ in names:
            times = {*shared, *rng.sample(others, max(0, rng.randint(*_SLOTS[level]) - len(shared)))}
            free.append([slot for slot in week if slot in times])
        everybody = set(free[0]).intersection(*free[1:])
        common = [slot for slot in free[0] if slot in everybody]
        found = [slot for slot in common if not any(value in slot for _, value in limits)]
        narrows = all(any(value in slot for slot in common) for _, value in limits)
        if 1 <= len(found) <= _MOST[level] and narrows and found not in free:
            break
    phrases = [f"not on {value}" if kind == "day" else f"not in the {value}" for kind, value in limits]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        people=" ".join(f"{name} is free on {spoken(times)}." for name, times in zip(names, free, strict=True)),
        unit=unit,
        who="both" if len(names) == 2 else "all of them",
        limits=f", but {' and '.join(phrases)}" if phrases else "",
        when="on" if level <= 2 else "in",
        When="On" if level <= 2 else "In",
    )
    yield prompt
    shown = free[0] if level <= 3 else found
    checked = "; ".join(f"{slot} {'yes' if slot in found else 'no'}" for slot in shown)
    answer = ", ".join(found)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}.\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=tuple(found),
    )


KIND = Kind(
    name="common_slots",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.GENERAL,
    answer_type=AnswerType.SET,
    draft=draft,
    order=2,
)
