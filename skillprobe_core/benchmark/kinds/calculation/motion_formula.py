"""Put numbers into a stated law of motion.

It needs calculation: products and sums of the given numbers. The law stands in the prompt, so nothing is recalled;
the formula replaces any step-by-step process; there are no cases to list and no reasoning to judge.
Levels raise the size of the numbers and the number of operations: speed, then distance, then two phases, and from
level 6 on more phases, up to 35.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, worked
from skillprobe_core.benchmark.ladder import LADDER

from .steps import looks, product

_PHASES = {5: 2, 6: 4, 7: 8, 8: 17, 9: 35}
_THINGS = ("cart", "car", "train", "ball")


def _speed(start: int, gain: int, time: int) -> tuple[list[str], int]:
    gained = gain * time
    return [*product(gain, time), f"{start}+{gained}={start + gained}"], start + gained


def _distance(start: int, half_gain: int, time: int) -> tuple[list[str], int]:
    coasted, square = start * time, time * time
    gained = half_gain * square
    steps = [
        *product(start, time),
        f"{time}*{time}={square}",
        f"{2 * half_gain}/2={half_gain}",
        *product(square, half_gain),
        f"{coasted}+{gained}={coasted + gained}",
    ]
    return steps, coasted + gained


def _journey(start: int, phases: list[tuple[int, int]]) -> tuple[list[str], int]:
    """Steps and total distance of phases one after the other."""
    steps: list[str] = []
    speed, total = start, 0
    for place, (half_gain, time) in enumerate(phases):
        more_steps, more = _distance(speed, half_gain, time)
        steps += more_steps
        if place:
            steps.append(f"{total}+{more}={total + more}")
        total += more
        if place < len(phases) - 1:
            speed_steps, speed = _speed(speed, 2 * half_gain, time)
            steps += speed_steps
    return steps, total


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one motion."""
    thing = rng.choice(_THINGS)
    if level <= 2:
        start = rng.randint(1, 20) if level == 1 else rng.randint(20, 99)
        gain = rng.randint(2, 9) if level == 1 else rng.randint(11, 49)
        time = rng.randint(2, 9) if level == 1 else rng.randint(11, 49)
        template = rng.choice(("speed", "speed_gain"))
        if template == "speed":
            prompt = (
                f"A {thing} is moving at {start} m/s and accelerates at {gain} m/s^2. "
                f"Use v = u + a * t. What is its speed in m/s after {time} s?"
            )
        else:
            prompt = (
                f"Use v = u + a * t with u = {start} m/s, a = {gain} m/s^2 and t = {time} s. "
                f"What is the speed v of the {thing} in m/s?"
            )
        yield prompt
        steps, result = _speed(start, gain, time)
    elif level <= 4:
        start = rng.randint(2, 20) if level == 3 else rng.randint(21, 99)
        half_gain = rng.randint(1, 9) if level == 3 else rng.randint(11, 49)
        time = rng.randint(3, 12) if level == 3 else rng.randint(13, 49)
        template = "distance"
        prompt = (
            f"A {thing} is moving at {start} m/s and accelerates at {2 * half_gain} m/s^2. "
            f"Use s = u * t + a * t^2 / 2. How many metres does it travel in {time} s?"
        )
        yield prompt
        steps, result = _distance(start, half_gain, time)
    else:
        start = rng.randint(21, 99)
        phases = [(rng.randint(11, 49), rng.randint(13, 49)) for _ in range(_PHASES[level])]
        template = "two_phases" if level < LADDER else "phases"
        parts = ", then ".join(f"at {2 * half_gain} m/s^2 for {time} s" for half_gain, time in phases)
        prompt = (
            f"A {thing} is moving at {start} m/s. It accelerates {parts}. Use s = u * t + a * t^2 / 2 "
            "and v = u + a * t. How many metres does it travel in total?"
        )
        yield prompt
        steps, result = _journey(start, phases)
    answer = str(result)
    chance = {1: 0.03, 2: 0.004, 3: 0.005, 4: 0.0005, 5: 0.0001}[exercise(level)]
    return Draft(prompt, answer, worked(steps, answer), template, chance, steps=looks(steps))


KIND = Kind(
    "motion_formula", 2, Skill.CALCULATION, Domain.SCIENCE, AnswerType.INTEGER, draft, levels=(1, 2, 3, 4, *_PHASES),
    order=1, grows="phases of the motion, up to 35",
)  # fmt: skip
