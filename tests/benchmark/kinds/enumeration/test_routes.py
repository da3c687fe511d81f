import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.routes import KIND


def read(prompt):
    head, tail = re.split(r"(?<=[a-z])\. ", prompt, maxsplit=1)
    head = re.sub("two-way", "", head)
    roads = re.findall(r"([A-Z][a-z]+)-([A-Z][a-z]+)", head)
    start, end = re.search(r"from (\w+) to (\w+)", tail).groups()
    avoid, through = re.search(r"avoids (\w+)", tail), re.search(r"passes through (\w+)", tail)
    return roads, start, end, avoid and avoid[1], through and through[1]


def routes(roads, start, end, avoid, through):
    """Every order of every choice of places between start and end, kept when each leg is a road."""
    legs = {frozenset(road) for road in roads}
    others = {place for road in roads for place in road} - {start, end, avoid}
    for size in range(len(others) + 1):
        for between in itertools.permutations(sorted(others), size):
            route = (start, *between, end)
            if through in (None, *between) and all(frozenset(leg) in legs for leg in itertools.pairwise(route)):
                yield "-".join(route)


@pytest.mark.parametrize(("level", "count"), [(1, 150), (2, 150), (3, 80), (4, 25), (5, 8)])
def test_answer_lists_every_route(level, count, drafts, listed):
    for draft in drafts(KIND, level, count):
        roads, start, end, avoid, through = read(draft.prompt)
        assert (avoid is not None) == (level >= 4)
        assert (through is not None) == (level == 5)
        assert listed(draft) == sorted(routes(roads, start, end, avoid, through), key=lambda r: r.split("-"))


def test_maps_and_route_counts_grow_with_the_level(drafts):
    drawn = [[(draft, read(draft.prompt)[0]) for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]]
    roads = [mean(len(roads) for _, roads in level) for level in drawn]
    answers = [mean(draft.answer.count(",") + 1 for draft, _ in level) for level in drawn]
    assert roads == [4, 6, 8, 10, 13]
    assert answers[0] < answers[1] < answers[2] < answers[4]


def backwards(legs, place, start, closed):
    """Every route to a place from the start over places that are not closed, found from its end."""
    if place == start:
        return [(start,)]
    others = [min(leg - {place}) for leg in legs if place in leg]
    free = [other for other in others if other not in closed]
    return [(*route, place) for other in free for route in backwards(legs, other, start, closed | {place})]


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_is_solved_from_the_end(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    roads, start, end, avoid, _ = read(draft.prompt)
    through = set(re.findall(r"[A-Z]\w+", re.search(r"passes through ([\w, ]+)", draft.prompt)[1]))
    legs = {frozenset(road) for road in roads}
    found = [route for route in backwards(legs, end, start, {avoid}) if through <= set(route)]
    assert listed(draft) == ["-".join(route) for route in sorted(found)]
    assert len(through) == {6: 2, 7: 3, 8: 5, 9: 7}[level]
