import itertools
import re

import pytest

from skillprobe_core.benchmark.kinds.enumeration.ways_to_sum import KIND

COUNTS = {"two": 2, "three": 3, "four": 4}


def read(prompt):
    count, different, parity, low, high = re.search(
        r"(two|three|four) (different )?(odd |even )?whole numbers from (\d+) to (\d+)", prompt
    ).groups()
    total = re.search(r"Write (\d+) as|to get (\d+) by|give (\d+)\?", prompt)
    parts = [n for n in range(int(low), int(high) + 1) if not parity or {"odd ": 1, "even ": 0}[parity] == n % 2]
    return int(next(filter(None, total.groups()))), COUNTS[count], parts, bool(different)


def space(count, parts, different):
    return list((itertools.combinations if different else itertools.combinations_with_replacement)(parts, count))


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_way(level, drafts, listed):
    for draft in drafts(KIND, level):
        total, count, parts, different = read(draft.prompt)
        expected = ["+".join(map(str, way)) for way in space(count, parts, different) if sum(way) == total]
        assert listed(draft) == expected


def test_spaces_grow_with_the_level(drafts):
    sizes = []
    for level in KIND.levels[:5]:
        spaces = [len(space(*read(draft.prompt)[1:])) for draft in drafts(KIND, level, 60)]
        sizes.append(sum(spaces) / len(spaces))
    assert all(later > 1.2 * earlier for earlier, later in itertools.pairwise(sizes)), sizes


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_lists_every_way(level, drafts, listed):
    for draft in drafts(KIND, level, 2):
        count, parts = re.search(r"(\w+) different numbers from the list ((?:\d+, )+\d+)", draft.prompt).groups()
        total = next(filter(None, re.search(r"Write (\d+) as|to get (\d+) by|give (\d+)\?", draft.prompt).groups()))
        size, numbers = {"five": 5, "six": 6}[count], list(map(int, parts.split(", ")))
        ways = [way for way in itertools.combinations(numbers, size) if sum(way) == int(total)]
        assert listed(draft) == ["+".join(map(str, way)) for way in ways]
