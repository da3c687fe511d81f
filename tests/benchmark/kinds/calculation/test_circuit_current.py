"""Circuits, solved again by conductances."""

import re
from fractions import Fraction

from skillprobe_core.benchmark.kinds.calculation.circuit_current import KIND


def resistance(text):
    """The resistance that one part of a description in words has."""
    nested = re.fullmatch(
        r"a branch of (\d+) ohms in series with the pair \((\d+) ohms in parallel with (\d+) ohms\), "
        r"all in parallel with (\d+) ohms",
        text,
    )
    if nested:
        c, a, b, d = map(Fraction, nested.groups())
        return 1 / (1 / (c + 1 / (1 / a + 1 / b)) + 1 / d)
    return 1 / sum(1 / Fraction(ohm) for ohm in re.findall(r"(\d+) ohm", text))


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        volts = Fraction(re.search(r"(\d+) V\b", item.prompt)[1])
        if item.level <= 2:
            ohms = re.search(r"([\d, and]+) ohm", item.prompt)[1]
            total = sum(map(Fraction, re.findall(r"\d+", ohms)))
        else:
            parts = re.search(r"in series: (.+?)\. Resistances", item.prompt)[1]
            total = sum(resistance(part) for part in parts.split("; "))
        assert str(volts / total) == item.answer, item.prompt
