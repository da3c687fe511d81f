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


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_common_time(level, drafts, listed):
    for draft in drafts(KIND, level):
        people, limits = read(draft.prompt)
        assert len(limits) == {4: 1, 5: 2}.get(level, 0)
        common = set.intersection(*map(set, people))
        expected = [slot for slot in WEEK if slot in common and not set(slot.split()) & set(limits)]
        assert listed(draft) == expected
        assert all(times == sorted(times, key=WEEK.index) for times in people)


def test_people_and_times_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt)[0] for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]]
    assert [len(level[0]) for level in drawn] == [2, 3, 3, 4, 5]
    times = [mean(sum(map(len, people)) for people in level) for level in drawn]
    assert times == sorted(set(times))


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_lists_every_hour_that_nobody_lacks(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    count, free = 0, {}
    for times in re.findall(r"\w+ \w+ is free on ([^.]+)\.", draft.prompt):
        count += 1
        for day, hours in re.findall(r"(\w+) at ((?:\d+(?:, | and )?)+)", times):
            for hour in re.findall(r"\d+", hours):
                free[f"{day} {hour}"] = free.get(f"{day} {hour}", 0) + 1
    expected = [slot for slot, people in free.items() if people == count]
    assert set(listed(draft)) == set(expected)
    assert len(listed(draft)) == len(expected)
    assert draft.steps < sum(free.values()), "a look for each time of each person would be enough"
