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
    (
        "a cell becomes 1 if exactly one of its two neighbours was 1, and 0 otherwise",
        lambda left, own, right: left ^ right,
    ),
    ("a cell becomes 1 if its two neighbours were equal, and 0 otherwise", lambda left, own, right: 1 - (left ^ right)),
    ("a cell changes if its left neighbour was 1, and stays the same otherwise", lambda left, own, right: own ^ left),
    ("a cell changes if its right neighbour was 1, and stays the same otherwise", lambda left, own, right: own ^ right),
)
_TEMPLATES = ("cells", "culture")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a row and a rule; the row starts neither empty nor full and ends as another one."""
    count = _GENERATIONS[level]
    start, rows = "0", [[0]]
    while listed(rows[-1]) == start:
        width = rng.randint(*_WIDTH[level])
        rule, changed = rng.choice(_RULES)
        row = choices(rng, (0, 1), width)
        while len(set(row)) == 1:
            row = choices(rng, (0, 1), width)
        start, rows = listed(row), []
        for _ in range(count):
            padded = [0, *row, 0]
            row = [changed(*padded[place : place + 3]) for place in range(width)]
            rows.append(row)
    times = "1 generation" if count == 1 else f"{count} generations"
    template = rng.choice(_TEMPLATES)
    if template == "cells":
        prompt = (
            f"A row of cells is {start}. In each generation, {rule}. Cells beyond the ends count as 0. "
            f"Give the row after {times}."
        )
    else:
        prompt = (
            f"The cells of a row are alive (1) or dead (0): {start}. In each generation, {rule}. "
            f"Everything outside the row counts as 0. What is the row after {times}?"
        )
    yield prompt
    states = [listed(row) for row in rows]
    steps = [start, *(f"{number}: {state}" for number, state in enumerate(states, start=1))]
    chance = {1: 0.03, 2: 0.02, 3: 0.01, 4: 0.003, 5: 0.001}[level]
    return Draft(prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=tuple(states))


KIND = Kind("cell_rows", 2, Skill.SIMULATION, Domain.SCIENCE, AnswerType.SEQUENCE, draft, order=2)
