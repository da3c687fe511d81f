"""The first entry of a timetable that overlaps an earlier one (general).

Each entry states when it begins and ends; two clash when one begins before the other ends. There is no duration to
compute and nothing to know: the reader holds each entry against those before it and locates the first clash. That is
diagnostic. Levels have more entries, out of order, with minutes, and with rooms (only entries of one room
can clash). From level 6 on the entries are short and so many that the pairs to compare multiply.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices
from skillprobe_core.benchmark.ladder import LADDER

from .error_places import error_places

_EVENTS = ("art", "biology", "chess", "choir", "dance", "drama", "football", "French", "history", "judo", "lunch",
           "math", "music", "physics", "piano", "reading", "swimming", "tennis", "theatre", "yoga")  # fmt: skip
_WORDINGS = {
    "plan": "Plan{scope}: {entries} Which is the first entry that overlaps an earlier one? If there is none, answer 0.",
    "diary": "A diary{scope} says: {entries} Give the number of the first entry that clashes with an earlier one. "
    "If there is none, answer 0.",
    "check": "Check this timetable{scope} for overlaps. {entries} "
    "At which entry does the first clash show? If there is none, answer 0.",
}
_TOUCHING = "An entry may begin when another ends. "
_APART = "Entries in different rooms do not clash. "
_COUNT = {1: (3, 3), 2: (4, 4), 3: (5, 6), 4: (7, 8), 5: (9, 11), 6: (15, 15), 7: (26, 26), 8: (45, 45), 9: (80, 80),
          10: (145, 145)}  # fmt: skip
_ROOMS = {1: 1, 2: 1, 3: 1, 4: 2, 5: 3} | dict.fromkeys((6, 7, 8, 9, 10), 3)
_Lengths = tuple[int, int]
_Slot = tuple[int, int, int]  # room, begin, end; in units of an hour or, from level 3 on, of 5 minutes


def _clashes(one: _Slot, other: _Slot) -> bool:
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def _time(unit: int, level: int) -> str:
    return str(unit) if level <= 2 else f"{unit // 12}:{unit % 12 * 5:02}"


def _lengths(level: int) -> _Lengths:
    """The shortest and the longest entry, in the units of a slot."""
    return (1, 2) if level <= 2 else (4, 16) if level < LADDER else (1, 3)


def _free_slots(level: int, count: int, rng: random.Random) -> list[_Slot]:
    """Entries without any overlap, in order of time in each room."""
    slots: list[_Slot] = []
    rooms = _ROOMS[level]
    starts = dict.fromkeys(range(rooms), rng.randint(1, 4) if level <= 2 else 12 * rng.randint(7, 9))
    for number in range(count):
        room = number % rooms
        length = rng.randint(*_lengths(level))
        gap = rng.choice((0, 0, 1)) if level <= 2 else rng.choice((0, 0, 1, 3))
        begin = starts[room] + gap
        slots.append((room, begin, begin + length))
        starts[room] = begin + length
    if level >= 3:
        rng.shuffle(slots)
    return slots


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 3 entries in full hours and in order, level 5 up to 11 in three rooms, out of order,
    level 10 145 entries."""
    count = rng.randint(*_COUNT[level])
    places = error_places(level, count, first=2)
    error = rng.choice(places)
    slots = _free_slots(level, count, rng)
    if error:
        rivals = slots[: error - 1]
        room, begin, end = rng.choice(rivals[-1:] if level <= 2 else rivals)
        overlap = 1 if level >= 2 else rng.randint(1, end - begin)
        length = overlap + rng.randint(0, 1) if level <= 2 else rng.randint(*_lengths(level))
        slots[error - 1] = (room, end - overlap, end - overlap + length)
    events = rng.sample(_EVENTS, count) if level < LADDER else choices(rng, _EVENTS, count)
    rooms = "ABC"[: _ROOMS[level]]
    entries = []
    for number, (room, begin, end) in enumerate(slots, start=1):
        where = f" in room {rooms[room]}" if len(rooms) > 1 else ""
        entries.append(f"{number}. {events[number - 1]} {_time(begin, level)} to {_time(end, level)}{where}.")
    wording = rng.choice(sorted(_WORDINGS))
    scope = f" of rooms {', '.join(rooms)}" if len(rooms) > 1 else ""
    asked = _WORDINGS[wording].format(scope=scope, entries=" ".join(entries))
    prompt = f"{_TOUCHING}{_APART if scope else ''}{asked}"
    yield prompt
    checks = []
    evidence = ""
    for number, (_, begin, end) in enumerate(slots[: error or count], start=1):
        evidence = _time(begin, level)
        if number == error:
            rival = next(n for n, slot in enumerate(slots[: number - 1], start=1) if _clashes(slot, slots[number - 1]))
            evidence = _time(slots[rival - 1][2], level)
            checks.append(f"{number}: begins {_time(begin, level)}, but {rival} ends {evidence}.")
        else:
            checks.append(f"{number}: {evidence} to {_time(end, level)} ok.")
    return Draft(
        prompt=prompt,
        answer=str(error),
        reference=f"{' '.join(checks)}\nAnswer: {error}",
        template=wording,
        chance=1 / len(places),
        evidence=(evidence,),
        steps=sum(
            sum(other[0] == slot[0] for other in slots[:number]) for number, slot in enumerate(slots[: error or count])
        ),
    )


KIND = Kind(
    name="schedule_clash",
    version=1,
    skill=Skill.DIAGNOSTIC,
    domain=Domain.GENERAL,
    answer_type=AnswerType.INTEGER,
    draft=draft,
    levels=tuple(_COUNT),
    order=2,
    grows="entries, up to 145 in three rooms, each compared with the earlier ones of its room",
)
