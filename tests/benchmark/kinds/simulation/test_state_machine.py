"""Automata, solved again as products of transition matrices."""

import re

import numpy as np

from skillprobe_core.benchmark.kinds.simulation.state_machine import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        rows = dict(re.findall(r"\b([P-V]): ((?:[abc] to [P-V](?:, )?)+)\.", item.prompt))
        states = sorted(rows)
        matrix = {symbol: np.zeros((len(states), len(states)), dtype=int) for symbol in "abc"}
        for state, row in rows.items():
            for symbol, target in re.findall(r"([abc]) to ([P-V])", row):
                matrix[symbol][states.index(state), states.index(target)] = 1
        start = re.search(r"(?:starts in|in state) ([P-V])", item.prompt)[1]
        word = re.search(r"(?:reads|Input:) ((?:[abc](?:, )?)+)\.", item.prompt)[1].split(", ")
        where = np.eye(len(states), dtype=int)[states.index(start)]
        for symbol in word:
            where = where @ matrix[symbol]
        assert where.sum() == 1
        assert states[int(where.argmax())] == item.answer, item.prompt
