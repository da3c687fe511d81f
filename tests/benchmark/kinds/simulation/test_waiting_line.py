"""Lines of people, solved again by sort keys instead of list edits."""

import re

from skillprobe_core.benchmark.kinds.simulation.waiting_line import KIND


def test_prompt_alone_gives_the_answer(drawn):
    for item in drawn(KIND):
        listed = re.search(r"(?:first to last:|In a shop,) ([\w, ]+?)(?:\.| are waiting)", item.prompt)[1]
        start = re.split(", | and ", listed)
        key = {person: float(place) for place, person in enumerate(start)}
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
