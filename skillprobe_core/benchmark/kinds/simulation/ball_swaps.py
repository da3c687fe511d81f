"""Follow who holds which ball while people swap.

It needs simulation: every swap acts on what the last one left. There is no arithmetic, nothing to recall, nothing to
list and no reasoning to judge. Levels raise the number of people and of swaps.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken, worked

_PEOPLE = ("Ann", "Ben", "Cal", "Dan", "Eve", "Fay", "Gus", "Hal")
_COLOURS = ("red", "blue", "green", "white", "black", "pink", "grey", "gold")
_COUNT = {1: 3, 2: 3, 3: 4, 4: 5, 5: 7}
_SWAPS = {1: 2, 2: 4, 3: 5, 4: 8, 5: 14}
_TEMPLATES = ("swap", "trade")


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw people, balls and swaps; no swap undoes the one before it."""
    count = _COUNT[level]
    people = sorted(rng.sample(_PEOPLE, count))
    holds = dict(zip(people, rng.sample(_COLOURS, count), strict=True))
    swaps: list[tuple[str, str]] = []
    while len(swaps) < _SWAPS[level]:
        first, second = rng.sample(people, 2)
        if not swaps or set(swaps[-1]) != {first, second}:
            swaps.append((first, second))
    asked = rng.choice(people)
    have = spoken([f"{person} has the {colour} ball" for person, colour in holds.items()])
    template = rng.choice(_TEMPLATES)
    if template == "swap":
        moves = " ".join(f"{first} and {second} swap balls." for first, second in swaps)
        prompt = f"{have}. {moves} What colour is {asked}'s ball now?"
    else:
        moves = ", then ".join(f"{first} trades with {second}" for first, second in swaps)
        prompt = f"At first {have}. In order, {moves}. What colour is the ball that {asked} has at the end?"
    yield prompt
    states: list[str] = []
    steps = [", ".join(f"{person} {colour}" for person, colour in holds.items())]
    for first, second in swaps:
        holds[first], holds[second] = holds[second], holds[first]
        states.append(", ".join(f"{person} {colour}" for person, colour in holds.items()))
        steps.append(f"{first} and {second}: {states[-1]}")
    answer = holds[asked]
    accepted = (f"{answer} ball", f"the {answer} ball", f"the {answer} one")
    return Draft(
        prompt, answer, worked(steps, answer), template, 1 / count, accepted=accepted, evidence=tuple(states)
    )  # fmt: skip


KIND = Kind("ball_swaps", 2, Skill.SIMULATION, Domain.GENERAL, AnswerType.TEXT, draft, order=1)
