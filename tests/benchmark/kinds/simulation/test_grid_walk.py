"""Walks, solved again over a table of which square each move leads to."""

import re

from skillprobe_core.benchmark.kinds.simulation.grid_walk import KIND

STEP = {"right": 1, "left": -1, "up": 1j, "down": -1j}


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        size = int(re.search(r"from 1 to (\d+)", item.prompt)[1])
        free = {complex(x, y) for x in range(1, size + 1) for y in range(1, size + 1)}
        free -= {complex(int(x), int(y)) for x, y in re.findall(r"\((\d+), (\d+)\)", item.prompt)}
        leads = {
            (here, move): here + step if here + step in free else here for here in free for move, step in STEP.items()
        }
        start = re.search(r"x, y = (\d+), (\d+)", item.prompt)
        here = complex(int(start[1]), int(start[2]))
        path = re.search(r"(?:moves are| go) ((?:right|left|up|down)[a-z, ]*)\.", item.prompt)[1]
        for move in path.split(", "):
            here = leads[here, move]
        assert f"{here.real:.0f}, {here.imag:.0f}" == item.answer, item.prompt
