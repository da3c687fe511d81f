"""Numerals, solved again by `int`."""

import re

from skillprobe_core.benchmark.kinds.calculation.base_conversion import KIND

PATTERNS = (
    r"base (?P<b>\d+) number (?P<n>\w+)",
    r"is (?P<n>\w+) in base (?P<b>\d+)",
    r'int\("(?P<n>\w+)", (?P<b>\d+)\)',
)


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        (found,) = filter(None, (re.search(pattern, item.prompt) for pattern in PATTERNS))
        base = int(found["b"])
        assert str(int(found["n"], base)) == item.answer, item.prompt
        assert (base > 10) == ("stand" in item.prompt), "letters are explained"
