"""Moved things, solved again by following each thing alone."""

import re

from skillprobe_core.benchmark.kinds.simulation.moved_things import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
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
