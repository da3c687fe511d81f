"""Every time at which all of a few people are free (general).

Everybody's free times are in the prompt, in words. There is nothing to compute or to know; the work is to go through
one person's times and keep each that all the others have too, none missed: enumeration. Levels have more
people, more times and more conditions. From level 6 on the times are hours, and the comparisons double.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.people import PEOPLE
from skillprobe_core.benchmark.kinds.working import spoken
from skillprobe_core.benchmark.ladder import LADDER

from .search_sizes import LADDER_LEVELS, has_size

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
# Number of people and of days, and the probability that a person is free in an hour.
_LADDER = {6: (6, 3, 0.75), 7: (8, 5, 0.815), 8: (14, 7, 0.89), 9: (34, 7, 0.96)}
_HOURS = range(8, 22)
_MOST_OF_LADDER = 60
_NAMING = "An hour is named by its beginning, for example Monday 9."


def _limits(level: int, rng: random.Random) -> list[tuple[str, str]]:
    """Conditions (kind, value): not on a day, or not in a part of the day."""
    drawn = [("day", rng.choice(_DAYS)), ("part", rng.choice(_PARTS))]
    return drawn[: _LIMITS[level]]


class _Calendar(NamedTuple):
    """The names of the people with each one's free times, the limits, and the times that remain."""

    names: list[str]
    free: list[list[str]]
    limits: list[tuple[str, str]]
    found: list[str]

    def looks(self) -> int:
        """The first person's times, and for each of them the people that are looked at until one is not free."""
        others = [set(times) for times in self.free[1:]]
        counts = (
            next((n for n, times in enumerate(others, 1) if time not in times), len(others)) for time in self.free[0]
        )
        return len(self.free[0]) + sum(counts)


def _calendar(level: int, rng: random.Random) -> _Calendar | None:
    """Days or parts of days; None if the draw has no common time, too many, or an idle limit."""
    week = _DAYS if level <= 2 else _WEEK
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
    if not (1 <= len(found) <= _MOST[level] and narrows) or found in free:
        return None
    return _Calendar(names, free, limits, found)


def _hours(level: int, rng: random.Random) -> _Calendar | None:
    """Hours of several days; None if the draw has no common hour or too many."""
    count, days, share = _LADDER[level]
    week = [f"{day} {hour}" for day in _DAYS[:days] for hour in _HOURS]
    names = rng.sample(PEOPLE, count)
    free = [[slot for slot in week if rng.random() < share] for _ in names]
    everybody = set(free[0]).intersection(*free[1:])
    calendar = _Calendar(names, free, [], [slot for slot in free[0] if slot in everybody])
    if not (1 <= len(everybody) <= _MOST_OF_LADDER and has_size(level, calendar.looks())):
        return None
    return calendar


def _times_text(level: int, times: list[str]) -> str:
    if level < LADDER:
        return spoken(times)
    of_day: dict[str, list[str]] = {}
    for day, hour in map(str.split, times):
        of_day.setdefault(day, []).append(hour)
    return ", on ".join(f"{day} at {spoken(hours)}" for day, hours in of_day.items())


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 compares 3 or 4 days of two people, level 5 up to 15 half days of five people, level 9
    the hours of a week of 34 people."""
    calendar = None
    while calendar is None:
        calendar = (_calendar if level < LADDER else _hours)(level, rng)
    names, free, limits, found = calendar
    people = [f"{name} is free on {_times_text(level, times)}." for name, times in zip(names, free, strict=True)]
    phrases = [f"not on {value}" if kind == "day" else f"not in the {value}" for kind, value in limits]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        people=" ".join(people if level < LADDER else [_NAMING, *people]),
        unit="day" if level <= 2 else "time slot" if level < LADDER else "hour",
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
        steps=calendar.looks(),
    )


KIND = Kind(
    name="common_slots",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.GENERAL,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=LADDER_LEVELS,
    order=2,
    grows="people and hours, up to a week of 34 people",
)
