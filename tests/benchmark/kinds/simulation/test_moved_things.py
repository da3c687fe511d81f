"""Moved things, solved again by following each thing alone; swaps by the permutations of things and of places."""

import re

from skillprobe_core.benchmark.kinds.simulation.moved_things import KIND
from skillprobe_core.benchmark.ladder import LADDER


def through(name, pairs):
    for one, other in pairs:
        name = {one: other, other: one}.get(name, name)
    return name


def swapped(prompt):
    """What the place asked about holds: swaps of things and of contents do not disturb each other."""
    first, _, later = re.split(r"(\. Then these pairs are swapped|\. Then she swaps pairs)", prompt, maxsplit=1)
    at = dict(re.findall(r"the (\w+)(?: is)? in the (\w+)", first))
    listed = re.search(r"(?:The pairs:|she swaps) ([\w ,;]+)\. What", later)[1]
    pairs = [pair.split(" and ") for pair in re.split("[;,] ", listed)]
    things = [pair for pair in pairs if pair[0] in at]
    places = [pair for pair in pairs if pair[0] not in at]
    asked = re.search(r"in the (\w+) (?:now|at the end)", later)[1]
    return {thing for thing in at if through(at[through(thing, things[::-1])], places) == asked}


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        if item.level >= LADDER:
            assert swapped(item.prompt) == set(item.answer.split(", ")), item.prompt
            continue
        first, _, later = re.split(r"(\. Then these are moved: |\. Then she moves )", item.prompt, maxsplit=1)
        moves = re.findall(r"(?:everything from the (\w+)|the (\w+)) to the (\w+)", later)
        asked = re.search(r"in the (\w+) (?:now|at the end)", later)
        held = set()
        for thing, place in re.findall(r"the (\w+)(?: is)? in the (\w+)", first):
            for source, single, target in moves:
                if source == place or single == thing:
                    place = target  # noqa: PLW2901
            if place == asked[1]:
                held.add(thing)
        assert held == set(item.answer.split(", ")), item.prompt
