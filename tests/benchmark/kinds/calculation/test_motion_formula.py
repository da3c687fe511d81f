"""Motions, solved again second by second instead of by the formula."""

import re
from fractions import Fraction

from skillprobe_core.benchmark.kinds.calculation.motion_formula import KIND


def follow(speed, acceleration, seconds):
    """Speed and distance after so many seconds, the mean speed of each second added up."""
    distance = Fraction(0)
    for _ in range(seconds):
        distance += Fraction(2 * speed + acceleration, 2)
        speed += acceleration
    return speed, distance


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        numbers = [int(text) for text in re.findall(r"(\d+)(?= m/s| s\b)", item.prompt)]
        if item.level >= 5:
            speed, *phases = numbers
            result = Fraction(0)
            for acceleration, time in zip(phases[::2], phases[1::2], strict=True):
                speed, distance = follow(speed, acceleration, time)
                result += distance
        else:
            speed, acceleration, time = numbers
            result = follow(speed, acceleration, time)[item.level >= 3]
        assert str(result) == item.answer, item.prompt
