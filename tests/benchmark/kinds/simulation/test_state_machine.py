"""Automata, solved again as products of transition matrices."""

import re

import numpy as np

from skillprobe_core.benchmark.kinds.simulation.state_machine import KIND
from skillprobe_core.benchmark.ladder import LADDER


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        rows = dict(re.findall(r"\b([P-Z]): ((?:[a-f] to [P-Z](?:, )?)+)\.", item.prompt))
        states = sorted(rows)
        matrix = {symbol: np.zeros((len(states), len(states)), dtype=int) for symbol in "abcdef"}
        for state, row in rows.items():
            for symbol, target in re.findall(r"([a-f]) to ([P-Z])", row):
                matrix[symbol][states.index(state), states.index(target)] = 1
        if item.level >= LADDER:
            assert all((matrix[symbol].sum(axis=0) == 1).all() for symbol in "abcdef"), "no states merge"
        start = re.search(r"(?:starts in|in state) ([P-Z])", item.prompt)[1]
        word = re.search(r"(?:reads|Input:) ((?:[a-f](?:, )?)+)\.", item.prompt)[1].split(", ")
        where = np.eye(len(states), dtype=int)[states.index(start)]
        for symbol in word:
            where = where @ matrix[symbol]
        assert where.sum() == 1
        assert states[int(where.argmax())] == item.answer, item.prompt
