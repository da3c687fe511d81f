"""Follow things that are moved from place to place.

It needs simulation: a move takes along what earlier moves have put there. There is no arithmetic, nothing is
recalled or judged, and what is asked for is a state, no search. Levels raise the number of things, places and moves.
From level 6 on, pairs are swapped instead: a thing that is moved to a place loses its past, and the last moves alone
would decide.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import exercise, landmarks, listed, rungs, spoken, worked
from skillprobe_core.benchmark.ladder import LADDER

_THINGS = ("key", "pen", "cup", "coin", "ring", "map", "card", "nut", "pin")
_PLACES = ("box", "bag", "jar", "pot", "tin")
_COUNTS = {1: (3, 2), 2: (3, 3), 3: (4, 3), 4: (6, 4), 5: (9, 5)}
_MOVES = {1: 2, 2: 3, 3: 5, 4: 8, 5: 13, **rungs(26, 7)}
_TEMPLATES = ("moves", "story")


def _state(at: dict[str, str], places: list[str]) -> str:
    held = {place: [thing for thing, where in at.items() if where == place] for place in places}
    return "; ".join(f"{place}: {' '.join(things) or 'nothing'}" for place, things in held.items())


def _held(at: dict[str, str], place: str) -> str:
    return f"{place}: {' '.join(thing for thing, where in at.items() if where == place) or 'nothing'}"


def _swap(at: dict[str, str], places: list[str], rng: random.Random) -> tuple[str, str, dict[str, str]]:
    """A swap of two things or of the contents of two places: its names, what it changes, and where things are then."""
    thing = rng.choice(list(at))
    others = [other for other, place in at.items() if place != at[thing]]
    if others and rng.random() < 0.6:
        other = rng.choice(others)
        at = {**at, thing: at[other], other: at[thing]}
        return f"{thing} and {other}", f"{thing} in {at[thing]}, {other} in {at[other]}", at
    one, two = at[thing], rng.choice([place for place in places if place != at[thing]])
    exchanged = {one: two, two: one}
    at = {each: exchanged.get(place, place) for each, place in at.items()}
    return f"{one} and {two}", f"{_held(at, one)}; {_held(at, two)}", at


def _swaps(level: int, rng: random.Random) -> Drafting:
    """Draw pairs that are swapped; the place asked about holds something at the end."""
    number, spots = _COUNTS[exercise(level)]
    things, places = rng.sample(_THINGS, number), rng.sample(_PLACES, spots)
    at = {thing: rng.choice(places) for thing in things}
    where = [f"the {thing}{{}} in the {place}" for thing, place in at.items()]
    first, shown = _state(at, places), landmarks(_MOVES[level])
    names: list[str] = []
    changes: list[str] = []
    states: list[str] = []
    for move in range(_MOVES[level]):
        name, change, at = _swap(at, places, rng)
        names.append(name)
        if move in shown:
            states.append(_state(at, places))
        changes.append(states[-1] if move in shown else change)
    asked = rng.choice([place for place in places if place in at.values()])
    template = rng.choice(_TEMPLATES)
    rule = "Two things change places, two containers change their contents."
    if template == "moves":
        prompt = (
            f"At first {spoken(where).format(*[' is'] * number)}. Then these pairs are swapped, one after the other. "
            f"{rule} The pairs: {'; '.join(names)}. What is in the {asked} now? Separate the things with commas."
        )
    else:
        prompt = (
            f"Ann puts {spoken(where).format(*[''] * number)}. Then she swaps pairs. {rule} In this order, she swaps "
            f"{', '.join(names)}. What is in the {asked} at the end? Separate the things with commas."
        )
    yield prompt
    steps = [first, *(f"{name}. {change}" for name, change in zip(names, changes, strict=True))]
    answer = listed([thing for thing in things if at[thing] == asked])
    return Draft(prompt, answer, worked(steps, answer), template, 0.04, evidence=tuple(states), steps=len(names))


def _moved(level: int, rng: random.Random) -> Drafting:
    """Draw things, places and moves; the place asked about holds something at the end."""
    number, spots = _COUNTS[exercise(level)]
    things, places = rng.sample(_THINGS, number), rng.sample(_PLACES, spots)
    at = {thing: rng.choice(places) for thing in things}
    where = [f"the {thing}{{}} in the {place}" for thing, place in at.items()]
    placed = [at]
    names: list[str] = []
    moves: list[str] = []
    for _ in range(_MOVES[level]):
        if rng.random() < 0.4:
            source = rng.choice([place for place in places if place in at.values()])
            target = rng.choice([place for place in places if place != source])
            moves.append(f"everything from the {source} to the {target}")
            names.append(f"{source} to {target}")
            at = {thing: target if place == source else place for thing, place in at.items()}
        else:
            thing = rng.choice(things)
            target = rng.choice([place for place in places if place != at[thing]])
            moves.append(f"the {thing} to the {target}")
            names.append(f"{thing} to {target}")
            at = {**at, thing: target}
        placed.append(at)
    asked = rng.choice([place for place in places if place in at.values()])
    template = rng.choice(_TEMPLATES)
    if template == "moves":
        prompt = (
            f"At first {spoken(where).format(*[' is'] * number)}. Then these are moved: {'; '.join(moves)}. "
            f"What is in the {asked} now? Separate the things with commas."
        )
    else:
        prompt = (
            f"Ann puts {spoken(where).format(*[''] * number)}. Then she moves {', then '.join(moves)}. "
            f"What is in the {asked} at the end? Separate the things with commas."
        )
    yield prompt
    before, *states = [_state(at, places) for at in placed]
    steps = [before, *(f"{name}. {state}" for name, state in zip(names, states, strict=True))]
    answer = listed([thing for thing in things if at[thing] == asked])
    chance = {1: 0.04, 2: 0.055, 3: 0.045, 4: 0.042, 5: 0.04}[level]
    return Draft(prompt, answer, worked(steps, answer), template, chance, evidence=tuple(states), steps=len(moves))


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw one story."""
    return _moved(level, rng) if level < LADDER else _swaps(level, rng)


KIND = Kind(
    "moved_things", 2, Skill.SIMULATION, Domain.GENERAL, AnswerType.SET, draft, levels=tuple(_MOVES), order=3,
    grows="swaps of things and of contents, up to 1,664",
)  # fmt: skip
