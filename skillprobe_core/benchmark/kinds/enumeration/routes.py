"""Every route between two places over given roads (general).

The roads are in the prompt and few; to follow one is trivial, and there is nothing to compute or to know. The point
is to try every turning and list each route that never passes a place twice: enumeration. Levels have more places and
roads, and places to pass or to avoid.
"""

from __future__ import annotations

import itertools
import random

from skillprobe_core.benchmark.item_schema import AnswerType, Domain, Draft, Drafting, Kind, Skill

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
_SIZES = {1: (4, 4), 2: (5, 6), 3: (6, 8), 4: (7, 10), 5: (8, 13)}
_LIMITS = {1: 0, 2: 0, 3: 0, 4: 1, 5: 2}
_LEAST = {1: 1, 2: 2, 3: 3, 4: 3, 5: 5}
_MOST = {1: 2, 2: 4, 3: 6, 4: 8, 5: 12}


def _routes(roads: list[tuple[str, str]], start: str, end: str) -> list[tuple[str, ...]]:
    """All paths without repetition, those over the alphabetically first places first."""
    neighbours: dict[str, list[str]] = {}
    for a, b in roads:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    for others in neighbours.values():
        others.sort(reverse=True)
    found: list[tuple[str, ...]] = []
    stack: list[tuple[str, ...]] = [(start,)]
    while stack:
        path = stack.pop()
        if path[-1] == end:
            found.append(path)
            continue
        stack += [(*path, place) for place in neighbours[path[-1]] if place not in path]
    return found


def draft(level: int, rng: random.Random) -> Drafting:
    """One draw: level 1 has 4 places and 4 roads, level 5 has 8 places, 13 roads and two limits."""
    size, road_count = _SIZES[level]
    while True:
        places = sorted(rng.sample(_PLACES, size))
        roads = rng.sample(list(itertools.combinations(places, 2)), road_count)
        start, end = rng.sample(places, 2)
        if tuple(sorted((start, end))) in roads or len({place for road in roads for place in road}) < size:
            continue
        routes = _routes(roads, start, end)
        others = rng.sample([place for place in places if place not in (start, end)], 2)
        limits = [("avoid", others[0]), ("pass", others[1])][: _LIMITS[level]]
        found = [route for route in routes if all((place in route) == (name == "pass") for name, place in limits)]
        narrows = all(any((p in route) != (name == "pass") for route in routes) for name, p in limits)
        if _LEAST[level] <= len(found) <= _MOST[level] and narrows:
            break
    phrases = [f"avoids {place}" if name == "avoid" else f"passes through {place}" for name, place in limits]
    wording = rng.choice(sorted(_WORDINGS))
    prompt = _WORDINGS[wording].format(
        roads=", ".join(f"{a}-{b}" for a, b in roads),
        start=start,
        end=end,
        limits={0: "", 1: " and {}", 2: ", {} and {}"}[len(phrases)].format(*phrases),
        form=_FORM,
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
    )


KIND = Kind(
    name="routes",
    version=2,
    skill=Skill.ENUMERATION,
    domain=Domain.GENERAL,
    answer_type=AnswerType.SET,
    draft=draft,
    order=3,
)
