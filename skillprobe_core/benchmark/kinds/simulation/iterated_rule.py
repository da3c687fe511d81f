"""Apply one rule to a number again and again.

It needs simulation: which branch of the rule applies depends on the last digit that the step before left, so there is
no short cut. The arithmetic is adding or taking away a small number, nothing is recalled, listed or judged.
Levels raise the number of steps, of branches and of digits. From level 6 on, the thousands digit decides: the last
digit runs into a cycle of ten steps or fewer. Rules whose number repeats its last four digits are not drawn.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exactly, exercise, rungs, worked
from skillprobe_core.benchmark.ladder import LADDER

_STEPS = {1: (2, 3), 2: (4, 5), 3: (6, 7), 4: (9, 11), 5: (16, 20), **exactly(rungs(22, 5))}
_START = {1: (30, 90), 2: (50, 99), 3: (100, 300), 4: (300, 999), 5: (500, 999)}
_CHANGE = {1: 9, 2: 9, 3: 9, 4: 19, 5: 29}
# The last digits at which a branch ends, these not included.
_ENDS = {1: (5, 10), 2: (5, 10), 3: (3, 7, 10), 4: (3, 7, 10), 5: (2, 5, 8, 10)}
_Rule = tuple[list[str], dict[int, int]]
_TEMPLATES = ("rule", "apply")


def _rule(level: int, rng: random.Random) -> _Rule:
    """The branches in words, and the change for each digit; branches add and take away in turn."""
    ends = _ENDS[exercise(level)]
    possible = range(2, _CHANGE[level] + 1) if level < LADDER else range(1000, 10_000)
    branches: list[str] = []
    changes: dict[int, int] = {}
    begin = 0
    for place, (end, amount) in enumerate(zip(ends, rng.sample(possible, len(ends)), strict=True)):
        digits = f"{begin} to {end - 1}" if end - begin > 2 else f"{begin} or {begin + 1}"
        branches.append(f"{digits}, {'subtract' if place % 2 else 'add'} {amount}")
        changes |= dict.fromkeys(range(begin, end), -amount if place % 2 else amount)
        begin = end
    return branches, changes


def _run(number: int, changes: dict[int, int], count: int, unit: int) -> list[int]:
    """The start and the number after each step; the digit at `unit` decides."""
    values = [number]
    for _ in range(count):
        values.append(values[-1] + changes[values[-1] // unit % 10])
    return values


def _repeats(values: list[int], unit: int) -> bool:
    """True if the end is the start, or if the digits that decide a run of the ladder come back."""
    deciding = {value % (10 * unit) for value in values}
    return values[-1] == values[0] or (unit > 1 and len(deciding) < len(values))


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a rule, a start and a number of steps."""
    unit, deciding = (1, "last") if level < LADDER else (1000, "thousands")
    values = [0]
    while _repeats(values, unit):
        if level < LADDER:
            number, count = rng.randint(*_START[level]), rng.randint(*_STEPS[level])
        else:
            count = _STEPS[level][0]
            number = rng.randint(10_000 * count, 20_000 * count)  # never below 0
        branches, changes = _rule(level, rng)
        values = _run(number, changes, count, unit)
    template = rng.choice(_TEMPLATES)
    rule = "; if it is ".join(branches)
    if template == "rule":
        prompt = (
            f"Start with {number}. In each step, look at the {deciding} digit: if it is {rule}. "
            f"What number do you have after {count} steps?"
        )
    else:
        prompt = (
            f"A rule for changing a number: if its {deciding} digit is {rule}. Apply the rule {count} times, "
            f"starting with {number}. What is the result?"
        )
    yield prompt
    states = [str(value) for value in values[1:]]
    steps = [str(number), *(f"{a}{b - a:+d}={b}" for a, b in itertools.pairwise(values))]
    chance = {1: 0.03, 2: 0.04, 3: 0.01, 4: 0.005, 5: 0.005}[exercise(level)]
    # One look at the digit, and one for each column of the change.
    looks = sum(1 + len(str(abs(b - a))) for a, b in itertools.pairwise(values))
    return Draft(
        prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=tuple(states), steps=looks
    )  # fmt: skip


KIND = Kind(
    "iterated_rule", 2, Skill.SIMULATION, Domain.MATH, AnswerType.INTEGER, draft, levels=tuple(_STEPS), order=3,
    grows="steps, up to 352 with numbers of seven digits",
)  # fmt: skip
