import itertools
import re

import pytest

from skillprobe_core.benchmark.kinds.enumeration.teams import KIND

SIZES = {"two": 2, "three": 3, "four": 4, "six": 6, "seven": 7, "eight": 8, "nine": 9}
RULES = {
    r"(\w+) and (\w+) are never chosen together": lambda team, a, b: len({a, b} & team) < 2,
    r"(\w+) is not chosen": lambda team, a: a not in team,
    r"(\w+) is chosen": lambda team, a: a in team,
    r"If (\w+) is chosen, so is (\w+)": lambda team, a, b: not (a in team and b not in team),
    r"At least one of (\w+) and (\w+) is chosen": lambda team, a, b: bool({a, b} & team),
}
HEADS = (
    r"A team of (?P<size>\w+) is chosen from (?P<people>[\w, ]+)",
    r"Exactly (?P<size>\w+) of (?P<people>[\w, ]+) are chosen to go on a trip",
    r"Choose (?P<size>\w+) people from (?P<people>[\w, ]+)",
)


def read(prompt):
    first, *sentences = re.split(r"[.?] ", prompt)
    (head,) = [match for pattern in HEADS if (match := re.fullmatch(pattern, first))]
    rules = []
    for sentence in sentences:
        rules += [
            (lambda team, check=check, match=match: check(team, *match.groups()))
            for pattern, check in RULES.items()
            if (match := re.fullmatch(pattern, sentence))
        ]
    return re.split(", | and ", head["people"]), SIZES[head["size"]], rules


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_possible_team(level, drafts, listed):
    for draft in drafts(KIND, level):
        people, size, rules = read(draft.prompt)
        assert len(rules) == {1: 1, 2: 2, 3: 2, 4: 3, 5: 4}[level]
        expected = {
            "-".join(sorted(team))
            for team in itertools.permutations(people, size)
            if all(rule(set(team)) for rule in rules)
        }
        found = listed(draft)
        assert set(found) == expected
        assert len(found) == len(expected)


def test_spaces_grow_with_the_level(drafts):
    smallest, largest = [], []
    for level in KIND.levels[:5]:
        shapes = [read(draft.prompt) for draft in drafts(KIND, level, 40)]
        spaces = [len(list(itertools.combinations(people, size))) for people, size, _ in shapes]
        smallest.append(min(spaces))
        largest.append(max(spaces))
    assert smallest == sorted(set(smallest))
    assert all(earlier < later for earlier, later in zip(largest, smallest[1:], strict=False))


@pytest.mark.parametrize("level", KIND.levels[5:8])
def test_the_ladder_lists_every_possible_team(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    people, size, rules = read(draft.prompt)
    assert len(rules) == {6: 18, 7: 24, 8: 28}[level]
    teams = [team for team in itertools.combinations(people, size) if all(rule(set(team)) for rule in rules)]
    assert listed(draft) == ["-".join(team) for team in teams]
