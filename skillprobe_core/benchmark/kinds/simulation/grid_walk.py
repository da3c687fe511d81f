"""Walk a robot over a small board.

It needs simulation: the edge of the board and, from level 3 on, walls stop some moves, so that every move depends on
where the one before it ended and moves cannot just be summed. The arithmetic is one up or down, the rules are stated,
nothing is listed or judged. Levels raise the number of moves, the board and the number of walls. From level 6 on, the
board grows with the root of the moves: on a small one the end would depend on the last moves alone.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exactly, listed, rungs, spoken, worked

_SIZE = {1: 4, 2: 5, 3: 5, 4: 6, 5: 8, 6: 8, 7: 10, 8: 13, 9: 18, 10: 24, 11: 33}
_MOVES = {1: (3, 4), 2: (6, 8), 3: (8, 10), 4: (12, 14), 5: (20, 24), **exactly(rungs(51, 6))}
_WALLS = {1: 0, 2: 0, 3: 3, 4: 6, 5: 10, 6: 10, 7: 16, 8: 26, 9: 50, 10: 90, 11: 170}
_STEP = {"right": (1, 0), "left": (-1, 0), "up": (0, 1), "down": (0, -1)}
_DIRECTIONS = tuple(_STEP)
_SQUARES = {size: [(x, y) for x in range(1, size + 1) for y in range(1, size + 1)] for size in _SIZE.values()}
_TEMPLATES = ("robot", "board")


_Square = tuple[int, int]


def _walk(here: _Square, moves: list[str], walls: list[_Square], size: int) -> list[_Square]:
    """The square after each move."""
    squares = []
    blocked = frozenset(walls)
    for move in moves:
        across, along = _STEP[move]
        there = (here[0] + across, here[1] + along)
        if 1 <= there[0] <= size and 1 <= there[1] <= size and there not in blocked:
            here = there
        squares.append(here)
    return squares


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw a board, a start and moves that end on another square."""
    size = _SIZE[level]
    while True:
        here, *walls = rng.sample(_SQUARES[size], 1 + _WALLS[level])
        walls.sort()
        moves = rng.choices(_DIRECTIONS, k=rng.randint(*_MOVES[level]))
        states = [listed(square) for square in _walk(here, moves, walls, size)]
        if states[-1] != listed(here):
            break
    start = listed(here)
    path = ", ".join(moves)
    template = rng.choice(_TEMPLATES)
    stops = "A move off the board"
    blocked = ""
    if walls:
        blocked = f" There are walls at {spoken([f'({x}, {y})' for x, y in walls])}."
        stops += " or into a wall"
    if template == "robot":
        prompt = (
            f"A robot is at x, y = {start} on a board where x and y go from 1 to {size}.{blocked} Right is x + 1, left "
            f"x - 1, up y + 1 and down y - 1. {stops} has no effect. "
            f"The robot's moves are {path}. Give its final position as x, y."
        )
    else:
        prompt = (
            f"On a board, x and y go from 1 to {size}.{blocked} Right means x + 1, left x - 1, up y + 1 "
            "and down y - 1. "
            f"{stops} is skipped. Start at x, y = {start} and go {path}. Where do you end up? Give x, y."
        )
    yield prompt
    steps = [start, *(f"{move}: {state}" for move, state in zip(moves, states, strict=True))]
    return Draft(
        prompt, states[-1], worked(steps, states[-1]), template, 1.15 / size**2, evidence=tuple(states),
        steps=len(moves),
    )  # fmt: skip


KIND = Kind(
    "grid_walk", 2, Skill.SIMULATION, Domain.MATH, AnswerType.SEQUENCE, draft, levels=tuple(_MOVES), order=2,
    grows="moves, up to 1,632, and the board, up to 33 by 33 with 170 walls",
)  # fmt: skip
