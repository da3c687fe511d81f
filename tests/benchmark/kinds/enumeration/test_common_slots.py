import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.common_slots import KIND

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS = ("", " morning", " afternoon", " evening")
WEEK = [day + part for day in DAYS for part in PARTS]


def read(prompt):
    people = [re.split(", | and ", times) for times in re.findall(r"\w+ is free on ([^.]+)\.", prompt)]
    return people, re.findall(r"not (?:on|in the) (\w+)", prompt)


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_lists_every_common_time(level, drafts, listed):
    for draft in drafts(KIND, level):
        people, limits = read(draft.prompt)
        assert len(limits) == {4: 1, 5: 2}.get(level, 0)
        common = set.intersection(*map(set, people))
        expected = [slot for slot in WEEK if slot in common and not set(slot.split()) & set(limits)]
        assert listed(draft) == expected
        assert all(times == sorted(times, key=WEEK.index) for times in people)


def test_people_and_times_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt)[0] for draft in drafts(KIND, level, 60)] for level in KIND.levels]
    assert [len(level[0]) for level in drawn] == [2, 3, 3, 4, 5]
    times = [mean(sum(map(len, people)) for people in level) for level in drawn]
    assert times == sorted(set(times))
