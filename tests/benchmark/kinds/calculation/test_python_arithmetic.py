"""Expressions, solved again by Python itself."""

import re

from skillprobe_core.benchmark.kinds.calculation.python_arithmetic import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        text = re.search(r"print\((.+)\)(?: Note|$)|value of (.+)\?", item.prompt)
        assert str(eval(text[1] or text[2])) == item.answer, item.prompt


def test_operators_beyond_school_are_explained(drawn):
    for item in drawn(KIND):
        assert ("floor division" in item.prompt) == bool(re.search(r" (//|%) \S+.*(\)|\?)", item.prompt))
