"""Every route between two places over given roads (general).

The roads are in the prompt and few; to follow one is trivial, and there is nothing to compute or to know. The point
is to try every turning and list each route that never passes a place twice: enumeration. Levels have more places and
roads, and places to pass or to avoid. From level 6 on the turnings that have to be tried double.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill
from skillprobe_core.benchmark.kinds.working import spoken
from skillprobe_core.benchmark.ladder import LADDER

from .search_sizes import LADDER_LEVELS, LOOKS, has_size, most_looks

_PLACES = ("Ash", "Bay", "Cove", "Dale", "Elm", "Fell", "Glen", "Hill", "Isle", "Knoll", "Lake", "Moor", "Ness", "Oak",
           "Peak", "Ridge", "Shaw", "Tarn", "Vale", "Wick")  # fmt: skip
_FORM = "Write each route as its places joined by hyphens, and separate the routes with commas."
_WORDINGS = {
    "list": "Places are joined by these two-way roads: {roads}. "
    "List every route from {start} to {end} that visits no place twice{limits}. {form}",
    "ways": "There are two-way roads {roads}. "
    "Which routes lead from {start} to {end} if one visits no place twice{limits}? {form}",
    "trip": "A map shows the two-way roads {roads}. "
    "Give all routes from {start} to {end} on which one visits no place twice{limits}. {form}",
}
_SIZES = {1: (4, 4), 2: (5, 6), 3: (6, 8), 4: (7, 10), 5: (8, 13), 6: (9, 15), 7: (11, 19), 8: (13, 24),
          9: (14, 29)}  # fmt: skip
_LIMITS = {1: 0, 2: 0, 3: 0, 4: 1, 5: 2, 6: 3, 7: 4, 8: 6, 9: 8}
_LEAST = {1: 1, 2: 2, 3: 3, 4: 3, 5: 5} | dict.fromkeys(LOOKS, 1)
_MOST = {1: 2, 2: 4, 3: 6, 4: 8, 5: 12} | dict.fromkeys(LOOKS, 60)
_Route = tuple[str, ...]


def _routes(
    roads: list[tuple[str, str]], start: str, end: str, avoided: str = "", most: int | None = None
) -> tuple[list[_Route], int]:
    """All paths without repetition, those over the alphabetically first places first, and the number of turnings tried.

    A search that tries more than `most` turnings is given up and has no paths.
    """
    neighbours: dict[str, list[str]] = {}
    for a, b in roads:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    for others in neighbours.values():
        others.sort(reverse=True)
    bits = {place: 1 << number for number, place in enumerate(neighbours)}
    found: list[_Route] = []
    stack: list[tuple[_Route, int]] = [((start,), bits[start] | bits.get(avoided, 0))]
    looks = 0
    while stack:
        path, closed = stack.pop()
        if path[-1] == end:
            found.append(path)
            continue
        turnings = [
            ((*path, place), closed | bits[place]) for place in neighbours[path[-1]] if not closed & bits[place]
        ]
        looks += len(turnings)
        if most is not None and looks > most:
            return [], looks
        stack += turnings
    return found, looks


def _phrases(limits: list[tuple[str, str]]) -> str:
    """The limits as the end of `visits no place twice`."""
    verbs = {"avoid": "avoids", "pass": "passes through"}
    places = {verb: [place for each, place in limits if each == name] for name, verb in verbs.items()}
    phrases = [f"{verb} {spoken(found)}" for verb, found in places.items() if found]
    return {0: "", 1: " and {}", 2: ", {} and {}"}[len(phrases)].format(*phrases)


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 4 places and 4 roads, level 5 has 8 places, 13 roads and two limits, level 9 has 14
    places, 29 roads and eight limits."""
    size, road_count = _SIZES[level]
    while True:
        places = sorted(rng.sample(_PLACES, size))
        roads = rng.sample(list(itertools.combinations(places, 2)), road_count)
        start, end = rng.sample(places, 2)
        if tuple(sorted((start, end))) in roads or len({place for road in roads for place in road}) < size:
            continue
        count = max(2, _LIMITS[level])
        others = rng.sample([place for place in places if place not in (start, end)], count)
        limits = [("pass" if number else "avoid", place) for number, place in enumerate(others)][: _LIMITS[level]]
        routes, looks = _routes(roads, start, end, others[0] if limits else "", most_looks(level))
        if not has_size(level, looks):
            continue
        found = [route for route in routes if all((place in route) == (name == "pass") for name, place in limits)]
        if not _LEAST[level] <= len(found) <= _MOST[level]:
            continue
        every = _routes(roads, start, end)[0] if level < LADDER else []
        narrows = all(any((p in route) != (name == "pass") for route in every) for name, p in limits)
        if level >= LADDER or narrows:
            break
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        roads=", ".join(f"{a}-{b}" for a, b in roads), start=start, end=end, limits=_phrases(limits), form=_FORM
    )
    yield prompt
    listed = tuple("-".join(route) for route in found)
    turnings = dict.fromkeys(route[1] for route in found)
    checked = " ".join(
        f"By {turn}: {', '.join(text for text, route in zip(listed, found, strict=True) if route[1] == turn)}."
        for turn in turnings
    )
    answer = ", ".join(listed)
    return Draft(
        prompt=prompt,
        answer=answer,
        reference=f"{checked}\nAnswer: {answer}",
        template=wording,
        chance=0.0,
        evidence=listed,
        steps=looks,
    )


KIND = Kind(
    name="routes",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.GENERAL,
    answer_type=AnswerType.SET,
    draft=draft,
    levels=LADDER_LEVELS,
    order=3,
    grows="places, roads and places to pass, up to fourteen places and 29 roads",
)
