"""Swaps, solved again as a product of permutation matrices."""

import re

import numpy as np

from skillprobe_core.benchmark.kinds.simulation.row_swaps import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        row = [int(text) for text in re.search(r"row ((?:\d, )+\d)", item.prompt)[1].split(",")]
        whole = np.eye(len(row), dtype=int)
        for a, b in re.findall(r"(\d+) and (\d+)", item.prompt):
            swap = np.eye(len(row), dtype=int)
            swap[[int(a) - 1, int(b) - 1]] = swap[[int(b) - 1, int(a) - 1]]
            whole = swap @ whole
        assert ", ".join(map(str, whole @ row)) == item.answer, item.prompt
