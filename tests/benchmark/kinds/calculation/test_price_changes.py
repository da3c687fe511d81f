"""Prices, solved again as a product of exact factors."""

import re
from fractions import Fraction

from skillprobe_core.benchmark.kinds.calculation.price_changes import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        value = Fraction(re.search(r"([\d.]+) coins", item.prompt)[1])
        off = re.findall(r"(?:reduced|down) by (\d+) percent", item.prompt)
        more = re.findall(r"(?:raised|up) by (\d+) percent", item.prompt)
        assert len(off) + len(more) == item.prompt.count("percent")
        for sign, changes in ((-1, off), (1, more)):
            for percent in changes:
                value *= 1 + Fraction(sign * int(percent), 100)
        assert abs(Fraction(item.answer) - value) <= Fraction(1, 200), item.prompt
        exact = item.level == 1 or "Do not round" in item.prompt
        assert not exact or Fraction(item.answer) == value, item.prompt
