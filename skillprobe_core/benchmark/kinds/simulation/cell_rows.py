"""Let a row of cells evolve by a stated rule (a one-dimensional cellular automaton).

It needs simulation: every generation is made from the one before it, all cells at once. There is no arithmetic, the
rule is stated, nothing is recalled or judged, and no cases are searched. Levels raise the length of the row and the
number of generations.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import choices, listed, worked

_WIDTH = {1: (4, 6), 2: (5, 7), 3: (6, 8), 4: (9, 11), 5: (13, 16)}
_GENERATIONS = {1: 1, 2: 2, 3: 3, 4: 5, 5: 8}
# A rule in words, and the new value from the old ones of the left neighbour, the cell and the right neighbour.
_RULES: tuple[tuple[str, Callable[[int, int, int], int]], ...] = (
    ("a cell is 1 if exactly one of its two neighbours was 1, else 0", lambda left, own, right: left ^ right),
    ("a cell is 1 if its two neighbours were equal, else 0", lambda left, own, right: 1 - (left ^ right)),
    ("a cell changes if its left neighbour was 1, else it stays", lambda left, own, right: own ^ left),
    ("a cell changes if its right neighbour was 1, else it stays", lambda left, own, right: own ^ right),
)
_TEMPLATES = ("cells", "culture")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a row and a rule; the row starts neither empty nor full."""
    width, count = rng.randint(*_WIDTH[level]), _GENERATIONS[level]
    rule, changed = rng.choice(_RULES)
    row = choices(rng, (0, 1), width)
    while len(set(row)) == 1:
        row = choices(rng, (0, 1), width)
    start = listed(row)
    times = "1 generation" if count == 1 else f"{count} generations"
    template = rng.choice(_TEMPLATES)
    if template == "cells":
        prompt = (
            f"Row of cells: {start}. In each generation {rule}. Beyond the ends all is 0. Give the row after {times}."
        )
    else:
        prompt = (
            f"Cells live (1) or not (0): {start}. Each generation {rule}; outside the row is 0. "
            f"What is the row after {times}?"
        )
    yield prompt
    steps = [start]
    states: list[str] = []
    for number in range(1, count + 1):
        padded = [0, *row, 0]
        row = [changed(*padded[place : place + 3]) for place in range(width)]
        states.append(listed(row))
        steps.append(f"{number}: {states[-1]}")
    chance = {1: 0.03, 2: 0.02, 3: 0.01, 4: 0.003, 5: 0.001}[level]
    return Draft(prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=tuple(states))


KIND = Kind("cell_rows", 1, Skill.SIMULATION, Domain.SCIENCE, AnswerType.SEQUENCE, draft, order=2)
