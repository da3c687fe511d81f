"""Follow who holds which ball while people swap.

It needs simulation: every swap acts on what the last one left. There is no arithmetic, nothing to recall, nothing to
list and no reasoning to judge. Levels raise the number of people and of swaps; from level 6 on, the swaps alone.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, landmarks, rungs, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

_PEOPLE = ("Ann", "Ben", "Cal", "Dan", "Eve", "Fay", "Gus", "Hal")
_COLOURS = ("red", "blue", "green", "white", "black", "pink", "grey", "gold")
_COUNT = {1: 3, 2: 3, 3: 4, 4: 5, 5: 7}
_SWAPS = {1: 2, 2: 4, 3: 5, 4: 8, 5: 14, **rungs(28, 7)}
_TEMPLATES = ("swap", "trade")


def _in_words(swaps: list[tuple[str, str]], template: str, level: int) -> str:
    """The swaps in words: a clause each, or from level 6 on a list of pairs."""
    if level < LADDER and template == "swap":
        return " ".join(f"{first} and {second} swap balls." for first, second in swaps)
    if level < LADDER:
        return f"In order, {', then '.join(f'{first} trades with {second}' for first, second in swaps)}."
    if template == "swap":
        pairs = ", ".join(f"{first} and {second}" for first, second in swaps)
        return f"These pairs swap balls, one pair after the other: {pairs}."
    pairs = ", ".join(f"{first} with {second}" for first, second in swaps)
    return f"Then they trade in pairs, in this order: {pairs}."


def _state(holds: dict[str, str]) -> str:
    return ", ".join(f"{person} {colour}" for person, colour in holds.items())


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw people, balls and swaps; no swap undoes the one before it."""
    count = _COUNT[exercise(level)]
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
        prompt = f"{have}. {_in_words(swaps, template, level)} What colour is {asked}'s ball now?"
    else:
        swapped = _in_words(swaps, template, level)
        prompt = f"At first {have}. {swapped} What colour is the ball that {asked} has at the end?"
    yield prompt
    states = [_state(holds)]
    shown = landmarks(len(swaps))
    steps = [states[0]]
    for place, (first, second) in enumerate(swaps):
        holds[first], holds[second] = holds[second], holds[first]
        if place in shown:
            states.append(_state(holds))
        change = states[-1] if place in shown else f"{first} {holds[first]}, {second} {holds[second]}"
        steps.append(f"{first} and {second}: {change}")
    answer = holds[asked]
    accepted = (f"{answer} ball", f"the {answer} ball", f"the {answer} one")
    return Draft(
        prompt, answer, worked(steps, answer), template, 1 / count, accepted=accepted, evidence=tuple(states[1:]),
        steps=len(swaps),
    )  # fmt: skip


KIND = Kind(
    "ball_swaps", 2, Skill.SIMULATION, Domain.GENERAL, AnswerType.TEXT, draft, levels=tuple(_SWAPS), order=1,
    grows="swaps, up to 1,792",
)  # fmt: skip
