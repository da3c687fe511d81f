"""Rules, solved again by a table over the last digit."""

import re

import numpy as np

from skillprobe_core.benchmark.kinds.simulation.iterated_rule import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        change = np.zeros(10, dtype=int)
        covered = []
        for low, high, verb, amount in re.findall(r"(\d) (?:to|or) (\d), (add|subtract) (\d+)", item.prompt):
            change[int(low) : int(high) + 1] = int(amount) if verb == "add" else -int(amount)
            covered += range(int(low), int(high) + 1)
        assert covered == list(range(10)), "each last digit has one branch"
        number = int(re.search(r"(?:Start with|starting with) (\d+)", item.prompt)[1])
        unit, digits = (1000 if "thousands digit" in item.prompt else 1), []
        for _ in range(int(re.search(r"(\d+) (?:steps|times)", item.prompt)[1])):
            digits.append(number % (10 * unit))
            number += change[number // unit % 10]
            assert number >= 0
        assert unit == 1 or len(set(digits)) == len(digits), "no cycle"
        assert str(number) == item.answer, item.prompt
