"""How many minutes (or seconds) lie between times of day.

It needs calculation: hours and minutes are turned into minutes and subtracted. That an hour has 60 minutes is stated,
nothing is enacted, listed or judged. Levels go from neighbouring hours to whole days, to several stretches, to
seconds, and to stretches past midnight, of which there are more and more from level 6 on.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

_STRETCHES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 7, 7: 15, 8: 31, 9: 63, 10: 137}
_MACHINES = ("fan", "heater", "machine", "motor", "pump")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def _clock(time: int, seconds: bool) -> str:
    if seconds:
        return f"{time // 3600}:{time // 60 % 60:02d}:{time % 60:02d}"
    return f"{time // 60}:{time % 60:02d}"


def _units(time: int, seconds: bool) -> list[str]:
    """The steps from a clock time to minutes (or seconds) after midnight."""
    hours, minutes = (time // 3600, time // 60 % 60) if seconds else (time // 60, time % 60)
    total = hours * 60 + minutes
    steps = [f"{hours}*60+{minutes}={total}"]
    if seconds:
        steps.append(f"{total}*60+{time % 60}={time}")
    return steps


def _span(place: int, stretch: tuple[int, int], level: int) -> str:
    """From when to when; several stretches are on different days, and from level 5 on each ends on the day after."""
    begin, end = (_clock(time, level >= 4) for time in stretch)
    if level <= 2:
        return f"from {begin} to {end}"
    if level <= 4:
        return f"from {begin} to {end} on {_DAYS[place]}"
    if level >= LADDER:
        return f"from {begin} to {end} on the next day"
    return f"from {begin} on {_DAYS[2 * place]} to {end} on {_DAYS[2 * place + 1]}"


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw stretches of time; from level 5 on each ends after midnight."""
    seconds = level >= 4
    unit, day = ("seconds", 24 * 3600) if seconds else ("minutes", 24 * 60)
    machine = rng.choice(_MACHINES)
    stretches: list[tuple[int, int]] = []
    for _ in range(_STRETCHES[level]):
        if level == 1:
            begin = rng.randint(60, 11 * 60)
            end = begin + rng.randint(11, 99)
        elif level >= 5:
            begin, end = rng.randint(day // 2, day - 1), rng.randint(60, day // 2)
        else:
            begin = rng.randint(60, day // 2)
            end = rng.randint(begin + 60, day - 1)
        stretches.append((begin, end))
    template = rng.choice(("runs", "how_many"))
    spans = spoken([_span(place, stretch, level) for place, stretch in enumerate(stretches)])
    units = "An hour has 60 minutes" + (", and a minute has 60 seconds." if seconds else ".")
    total_of = "" if len(stretches) == 1 else " in total"
    if template == "runs":
        prompt = f"A {machine} runs {spans}. {units} How many {unit} is that{total_of}?"
    else:
        prompt = f"{units} For how many {unit}{total_of} does a {machine} run if it runs {spans}?"
    yield prompt
    steps: list[str] = []
    total = 0
    for place, (begin, end) in enumerate(stretches):
        steps += _units(end, seconds)
        steps += _units(begin, seconds)
        length = end - begin
        if level >= 5:
            steps.append(f"{end}+{day}={end + day}")
            steps.append(f"{end + day}-{begin}={end + day - begin}")
            length += day
        else:
            steps.append(f"{end}-{begin}={length}")
        if place:
            steps.append(f"{total}+{length}={total + length}")
        total += length
    chance = {1: 0.012, 2: 0.0015, 3: 0.001, 4: 0.0001, 5: 0.0001}[exercise(level)]
    # The shortest way subtracts and totals hours, minutes and seconds apart, two columns each, and converts them once.
    places, count = 6 if seconds else 4, len(stretches)
    looks = places * count + places * (count - 1) + 2 * places
    return Draft(prompt, str(total), worked(steps, str(total)), template, chance, steps=looks)


KIND = Kind(
    "elapsed_time", 2, Skill.CALCULATION, Domain.GENERAL, AnswerType.INTEGER, draft, levels=tuple(_STRETCHES), order=2,
    grows="stretches of time, up to 137",
)  # fmt: skip
