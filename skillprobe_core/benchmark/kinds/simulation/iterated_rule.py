"""Apply one rule to a number again and again.

It needs simulation: which branch of the rule applies depends on the last digit that the step before left, so there is
no short cut. The arithmetic is adding or taking away a small number, nothing is recalled, listed or judged.
Levels raise the number of steps, of branches and of digits.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import worked

_STEPS = {1: (2, 3), 2: (4, 5), 3: (6, 7), 4: (9, 11), 5: (16, 20)}
_START = {1: (30, 90), 2: (50, 99), 3: (100, 300), 4: (300, 999), 5: (500, 999)}
_CHANGE = {1: 9, 2: 9, 3: 9, 4: 19, 5: 29}
# The last digits at which a branch ends, these not included.
_ENDS = {1: (5, 10), 2: (5, 10), 3: (3, 7, 10), 4: (3, 7, 10), 5: (2, 5, 8, 10)}
_TEMPLATES = ("rule", "apply")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a rule, a start and a number of steps; branches add and take away in turn, and the end is not the start."""
    number, values = 0, [0]
    while values[-1] == number:
        number, count = rng.randint(*_START[level]), rng.randint(*_STEPS[level])
        amounts = rng.sample(range(2, _CHANGE[level] + 1), len(_ENDS[level]))
        branches: list[str] = []
        changes: dict[int, int] = {}
        begin = 0
        for place, (end, amount) in enumerate(zip(_ENDS[level], amounts, strict=True)):
            digits = f"{begin} to {end - 1}" if end - begin > 2 else f"{begin} or {begin + 1}"
            branches.append(f"{digits}, {'subtract' if place % 2 else 'add'} {amount}")
            changes |= dict.fromkeys(range(begin, end), -amount if place % 2 else amount)
            begin = end
        values = [number]
        for _ in range(count):
            values.append(values[-1] + changes[values[-1] % 10])
    template = rng.choice(_TEMPLATES)
    if template == "rule":
        prompt = (
            f"Start with {number}. In each step, look at the last digit: if it is {'; if it is '.join(branches)}. "
            f"What number do you have after {count} steps?"
        )
    else:
        rule = "; if it is ".join(branches)
        prompt = (
            f"A rule for changing a number: if its last digit is {rule}. Apply the rule {count} times, "
            f"starting with {number}. What is the result?"
        )
    yield prompt
    states = [str(value) for value in values[1:]]
    steps = [str(number), *(f"{a}{b - a:+d}={b}" for a, b in itertools.pairwise(values))]
    chance = {1: 0.03, 2: 0.04, 3: 0.01, 4: 0.005, 5: 0.005}[level]
    return Draft(prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=tuple(states))


KIND = Kind("iterated_rule", 2, Skill.SIMULATION, Domain.MATH, AnswerType.INTEGER, draft, order=3)
