"""Lines of people, solved again by sort keys instead of list edits."""

import re

from skillprobe_core.benchmark.kinds.simulation.waiting_line import KIND
from skillprobe_core.benchmark.ladder import LADDER


def places_changed(start, prompt):
    """The line after the changes, kept as each person's place."""
    place = {person: number for number, person in enumerate(start)}
    listed = re.search(r"(?:In order|in turn): ([\w ,]+)\.", prompt)[1]
    for change in listed.split(", "):
        one, _, other = change.partition(" and ")
        behind = other or next(person for person in place if place[person] == place[one] + 1)
        place[one], place[behind] = place[behind], place[one]
    return sorted(place, key=place.__getitem__)


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        listed = re.search(r"(?:first to last:|In a shop,) ([\w, ]+?)(?:\.| are waiting)", item.prompt)[1]
        start = re.split(", | and ", listed)
        key = {person: float(place) for place, person in enumerate(start)}
        if item.level >= LADDER:
            assert ", ".join(places_changed(start, item.prompt)) == item.answer, item.prompt
            continue
        story = re.search(
            r"(?:are waiting in this order\. Then|\.) (.+?)\. (?:Give|Who)", item.prompt[item.prompt.index(start[-1]) :]
        )[1]
        for event in re.split(r"\. |, then ", story):
            person = event.split()[0]
            if event.endswith("leaves"):
                assert key.pop(person) < min(key.values()), "only the first is served"
            elif event.endswith("joins at the end"):
                assert person not in key
                key[person] = max(key.values()) + 1
            elif event.endswith("goes to the front"):
                key[person] = min(key.values()) - 1
            else:
                other = re.fullmatch(r"\w+ and (\w+) change places", event)[1]
                key[person], key[other] = key[other], key[person]
        assert ", ".join(sorted(key, key=key.__getitem__)) == item.answer, item.prompt
