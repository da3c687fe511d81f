"""Ladders, solved again atom by atom with the running minimum and maximum of clipped sums."""

import re
from functools import reduce

from skillprobe_core.benchmark.kinds.simulation.energy_levels import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        top = int(re.search(r"(?:1 to|above level) (\d+)", item.prompt)[1])
        start = {name: int(level) for name, level in re.findall(r"atom (\w) is at level (\d+)", item.prompt)}
        listed = re.search(r"(?:Events:|at a time:) ([\w, ]+)\.", item.prompt)[1].split(", ")
        events = [event.split() if " " in event else [next(iter(start)), event] for event in listed]
        ends = []
        for name, level in start.items():
            moves = [1 if move == "up" else -1 for who, move in events if who == name]
            ends.append(reduce(lambda at, move: sorted((1, at + move, top))[1], moves, level))
        assert ", ".join(map(str, ends)) == item.answer, item.prompt
