"""Put numbers into a stated law of motion.

It needs calculation: products and sums of the given numbers. The law stands in the prompt, so nothing is recalled;
the formula replaces any step-by-step process; there are no cases to list and no reasoning to judge.
Levels raise the size of the numbers and the number of operations: speed, then distance, then two phases.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import worked

from .steps import product

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
        start, half_gain, time = rng.randint(21, 99), rng.randint(11, 49), rng.randint(13, 49)
        next_half_gain, next_time = rng.randint(11, 49), rng.randint(13, 49)
        template = "two_phases"
        prompt = (
            f"A {thing} is moving at {start} m/s. It accelerates at {2 * half_gain} m/s^2 for {time} s, "
            f"then at {2 * next_half_gain} m/s^2 for {next_time} s. Use s = u * t + a * t^2 / 2 and v = u + a * t. "
            "How many metres does it travel in total?"
        )
        yield prompt
        first_steps, first = _distance(start, half_gain, time)
        speed_steps, speed = _speed(start, 2 * half_gain, time)
        second_steps, second = _distance(speed, next_half_gain, next_time)
        result = first + second
        steps = [*first_steps, *speed_steps, *second_steps, f"{first}+{second}={result}"]
    answer = str(result)
    chance = {1: 0.03, 2: 0.004, 3: 0.005, 4: 0.0005, 5: 0.0001}[level]
    return Draft(prompt, answer, worked(steps, answer), template, chance)


KIND = Kind("motion_formula", 2, Skill.CALCULATION, Domain.SCIENCE, AnswerType.INTEGER, draft, order=1)
