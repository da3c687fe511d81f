"""Carry out swaps on a row of numbers.

It needs simulation: each swap acts on the row that the last one left. There is no arithmetic, nothing to recall, no
search over cases and no reasoning to judge. Levels raise the length of the row and the number of swaps; from
level 6 on, the swaps alone.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import at_landmarks, exercise, listed, rungs, worked
from skillprobe_core.benchmark.ladder import LADDER

_LENGTH = {1: 4, 2: 5, 3: 6, 4: 8, 5: 9}
_SWAPS = {1: 2, 2: 3, 3: 5, 4: 8, 5: 14, **rungs(28, 7)}
_TEMPLATES = ("row", "then")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one row and its swaps; no swap undoes the one before it."""
    size = _LENGTH[exercise(level)]
    row = list(range(1, size + 1))
    rng.shuffle(row)
    swaps: list[tuple[int, int]] = []
    while len(swaps) < _SWAPS[level]:
        a, b = sorted(rng.sample(range(1, size + 1), 2))
        if not swaps or swaps[-1] != (a, b):
            swaps.append((a, b))
    start = listed(row)
    template = rng.choice(_TEMPLATES)
    if level >= LADDER:
        moves = ", ".join(f"{a} and {b}" for a, b in swaps)
        if template == "row":
            prompt = (
                f"In the row {start}, swap the numbers in these pairs of positions, one pair after the other: {moves}. "
                "Give the final row, with commas between the numbers."
            )
        else:
            prompt = (
                f"Take the row {start}. Swap the numbers in two positions at a time, in this order: {moves}. "
                "What is the row now? Separate the numbers with commas."
            )
    elif template == "row":
        moves = ", then ".join(f"positions {a} and {b}" for a, b in swaps)
        prompt = (
            f"In the row {start}, swap the numbers in {moves}. Give the final row, with commas between the numbers."
        )
    else:
        moves = " Then ".join(f"swap the numbers in positions {a} and {b}." for a, b in swaps)
        prompt = f"Take the row {start}. First {moves} What is the row now? Separate the numbers with commas."
    yield prompt
    steps = [start]
    states: list[str] = []
    for a, b in swaps:
        row[a - 1], row[b - 1] = row[b - 1], row[a - 1]
        states.append(listed(row))
        steps.append(f"{a} and {b}: {states[-1]}")
    chance = 1.0
    for k in range(2, size + 1):
        chance /= k
    return Draft(
        prompt, states[-1], worked(steps, states[-1]), template, chance, evidence=at_landmarks(states), steps=len(swaps)
    )  # fmt: skip


KIND = Kind(
    "row_swaps", 2, Skill.SIMULATION, Domain.MATH, AnswerType.SEQUENCE, draft, levels=tuple(_SWAPS), order=1,
    grows="swaps, up to 1,792",
)  # fmt: skip
