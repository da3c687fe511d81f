import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.numbers_in_range import KIND

# Each condition as the prompt words it, and a check by the digits or by division.
CONDITIONS = {
    r"is even": lambda n: str(n)[-1] in "02468",
    r"is odd": lambda n: str(n)[-1] in "13579",
    r"is a multiple of (\d+)": lambda n, m: divmod(n, int(m))[1] == 0,
    r"is not a multiple of (\d+)": lambda n, m: divmod(n, int(m))[1] > 0,
    r"contains the digit (\d)": lambda n, d: f"{n}".count(d) > 0,
    r"does not contain the digit (\d)": lambda n, d: f"{n}".count(d) == 0,
    r"has a digit sum of at most (\d+)": lambda n, s: sum(int(c) for c in f"{n}") < int(s) + 1,
    r"has no repeated digit": lambda n: all(f"{n}".count(c) == 1 for c in f"{n}"),
    r"ends in a digit larger than its first digit": lambda n: n % 10 > int(f"{n}"[0]),
}


def read(prompt):
    low, high = map(int, re.search(r"from (\d+) to (\d+)", prompt).groups())
    text = re.search(
        r"(?:\d+ that|each one that|true that n) (.*?)(?:\. Write them|\? Give them|, in increasing)", prompt
    )[1]
    parts = re.split(r", | and ", text)
    checks = []
    for part in parts:
        matches = [(check, re.fullmatch(pattern, part)) for pattern, check in CONDITIONS.items()]
        ((check, match),) = [(check, match) for check, match in matches if match]
        checks.append(lambda n, check=check, match=match: check(n, *match.groups()))
    return low, high, checks


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_number_that_meets_the_conditions(level, drafts, listed):
    for draft in drafts(KIND, level):
        low, high, checks = read(draft.prompt)
        expected = [n for n in range(low, high + 1) if all(check(n) for check in checks)]
        assert [int(text) for text in listed(draft)] == expected


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_no_condition_is_idle(level, drafts):
    for draft in drafts(KIND, level, 60):
        low, high, checks = read(draft.prompt)
        expected = [n for n in range(low, high + 1) if all(check(n) for check in checks)]
        for idle in checks:
            without = [n for n in range(low, high + 1) if all(check(n) for check in checks if check is not idle)]
            assert without != expected


def test_ranges_and_conditions_grow_with_the_level(drafts):
    read_out = {level: [read(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]}
    sizes = [mean(high - low + 1 for low, high, _ in read_out[level]) for level in KIND.levels[:5]]
    counts = [len(read_out[level][0][2]) for level in KIND.levels[:5]]
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(sizes))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (1, 4)


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_lists_every_number(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    low, high, checks = read(draft.prompt)
    assert len(checks) == 5
    assert [int(text) for text in listed(draft)] == [n for n in range(low, high + 1) if all(c(n) for c in checks)]
