"""Sums of fractions, solved again by Python's exact fractions over the whole expression."""

import re
from fractions import Fraction

from skillprobe_core.benchmark.kinds.calculation.fraction_sum import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        expression = re.search(r"\d+/\d+(?: [-+*] \d+/\d+)+", item.prompt)[0]
        value = eval(re.sub(r"(\d+)/(\d+)", r"F(\1, \2)", expression), {"F": Fraction})
        assert str(value) == item.answer, item.prompt
        assert value not in (0, 1)
