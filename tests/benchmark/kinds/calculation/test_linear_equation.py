"""Equations, solved again as the zero of a straight line through two points."""

import re
from fractions import Fraction

from skillprobe_core.benchmark.kinds.calculation.linear_equation import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        equation = re.search(r"(?:for x: |^If |for which )(.+?)(?:, what is x\?|\.)?$", item.prompt)[1]
        left, right = equation.split(" = ")
        at_0, at_1 = (eval(left, {"x": x}) - eval(right, {"x": x}) for x in (0, 1))
        assert at_0 != at_1, "one solution exactly"
        assert Fraction(-at_0, at_1 - at_0) == int(item.answer), item.prompt
