"""Follow things that are moved from place to place.

It needs simulation: a move takes along what earlier moves have put there. There is no arithmetic, nothing is
recalled or judged, and what is asked for is a state, no search. Levels raise the number of things, places and moves.
"""

from __future__ import annotations

import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import listed, spoken, worked

_THINGS = ("key", "pen", "cup", "coin", "ring", "map", "card", "nut", "pin")
_PLACES = ("box", "bag", "jar", "pot", "tin")
_COUNTS = {1: (3, 2), 2: (3, 3), 3: (4, 3), 4: (6, 4), 5: (9, 5)}
_MOVES = {1: 2, 2: 3, 3: 5, 4: 8, 5: 13}
_TEMPLATES = ("moves", "story")


def _state(at: dict[str, str], places: list[str]) -> str:
    held = {place: [thing for thing, where in at.items() if where == place] for place in places}
    return "; ".join(f"{place}: {' '.join(things) or 'nothing'}" for place, things in held.items())


def draft(level: int, rng: random.Random) -> Drafting:
    """Draw things, places and moves; the place asked about holds something at the end."""
    number, spots = _COUNTS[level]
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
    return Draft(prompt, answer, worked(steps, answer), template, chance, evidence=tuple(states))


KIND = Kind("moved_things", 2, Skill.SIMULATION, Domain.GENERAL, AnswerType.SET, draft, order=3)
