"""Let a row of cells evolve by a stated rule (a one-dimensional cellular automaton).

It needs simulation: every generation is made from the one before it, all cells at once. There is no arithmetic, the
rule is stated, nothing is recalled or judged, and no cases are searched. Levels raise the length of the row and the
number of generations. From level 6 on, the rules are chaotic ones: those of the first levels are sums modulo 2, so that
a person who knows it can skip generations.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import at_landmarks, choices, exercise, listed, worked
from skillprobe_core.benchmark.ladder import LADDER

_WIDTH = {1: (4, 6), 2: (5, 7), 3: (6, 8), 4: (9, 11), 5: (13, 16), 6: (16, 16), 7: (23, 23), 8: (33, 33), 9: (47, 47)}
_GENERATIONS = {1: 1, 2: 2, 3: 3, 4: 5, 5: 8, 6: 16, 7: 23, 8: 33, 9: 47}
# A rule in words, and the new value from the old ones of the left neighbour, the cell and the right neighbour.
_Rule = tuple[str, Callable[[int, int, int], int]]
_RULES: tuple[_Rule, ...] = (
    (
        "a cell becomes 1 if exactly one of its two neighbours was 1, and 0 otherwise",
        lambda left, own, right: left ^ right,
    ),
    ("a cell becomes 1 if its two neighbours were equal, and 0 otherwise", lambda left, own, right: 1 - (left ^ right)),
    ("a cell changes if its left neighbour was 1, and stays the same otherwise", lambda left, own, right: own ^ left),
    ("a cell changes if its right neighbour was 1, and stays the same otherwise", lambda left, own, right: own ^ right),
)
# Rules 30, 86, 45 and 101 of S. Wolfram, Random sequence generation by cellular automata, 1986.
_CHAOTIC_RULES: tuple[_Rule, ...] = (
    (
        "a cell becomes the opposite of its left neighbour if it or its right neighbour was 1 (or both), and a copy of "
        "its left neighbour otherwise",
        lambda left, own, right: left ^ (own | right),
    ),
    (
        "a cell becomes the opposite of its right neighbour if it or its left neighbour was 1 (or both), and a copy of "
        "its right neighbour otherwise",
        lambda left, own, right: right ^ (own | left),
    ),
    (
        "a cell becomes the opposite of its left neighbour if it was 1 or its right neighbour was 0 (or both), and a "
        "copy of its left neighbour otherwise",
        lambda left, own, right: left ^ (own | 1 - right),
    ),
    (
        "a cell becomes the opposite of its right neighbour if it was 1 or its left neighbour was 0 (or both), and a "
        "copy of its right neighbour otherwise",
        lambda left, own, right: right ^ (own | 1 - left),
    ),
)
_TEMPLATES = ("cells", "culture")


def _repeats(rows: list[list[int]]) -> bool:
    return len(set(map(tuple, rows))) < len(rows)


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a row and a rule; the row starts neither empty nor full and ends as another one. On the ladder it never
    repeats.
    """
    count = _GENERATIONS[level]
    start, rows = "0", [[0]]
    while listed(rows[-1]) == start or (level >= LADDER and _repeats(rows)):
        width = rng.randint(*_WIDTH[level])
        rule, changed = rng.choice(_RULES if level < LADDER else _CHAOTIC_RULES)
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
    chance = {1: 0.03, 2: 0.02, 3: 0.01, 4: 0.003, 5: 0.001}[exercise(level)]
    return Draft(
        prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=at_landmarks(states),
        steps=width * count,
    )  # fmt: skip


KIND = Kind(
    "cell_rows", 2, Skill.SIMULATION, Domain.SCIENCE, AnswerType.SEQUENCE, draft, levels=tuple(_WIDTH), order=2,
    grows="cells and generations, up to 47 cells for 47 generations",
)  # fmt: skip
