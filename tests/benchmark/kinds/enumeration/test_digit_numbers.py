import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.digit_numbers import KIND

LENGTHS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
CONDITIONS = {
    r"is even": lambda n: n % 2 == 0,
    r"is odd": lambda n: n % 2 == 1,
    r"is greater than (\d+)": lambda n, bound: n > int(bound),
    r"is less than (\d+)": lambda n, bound: n < int(bound),
    r"contains the digit (\d)": lambda n, digit: digit in str(n),
    r"does not end in (\d)": lambda n, digit: n % 10 != int(digit),
    r"has the digit sum (\d+)": lambda n, total: sum(map(int, str(n))) == int(total),
    r"has no two neighbouring digits that differ by 1": lambda n: (
        not any(
            {n // 10**place % 10 + 1, n // 10**place % 10 - 1} & {n // 10 ** (place + 1) % 10}
            for place in range(len(str(n)) - 1)
        )
    ),
}


def read(prompt):
    length = LENGTHS[re.search(r"(two|three|four|five|six)[- ]digit", prompt)[1]]
    digits = re.findall(r"\d", re.search(r"digits (\d[\d, and]*\d), each", prompt)[1])
    text = re.search(r"(?:and that|the number|each one that) (.*?)(?:\. Separate|\? List|\. Give)", prompt)[1]
    checks = []
    for part in re.split(", | and ", text):
        matches = [(check, match) for p, check in CONDITIONS.items() if (match := re.fullmatch(p, part))]
        ((check, match),) = matches
        checks.append(lambda n, check=check, match=match: check(n, *match.groups()))
    return length, digits, "any number of times" in prompt, checks


def candidates(length, digits, repeated):
    """All numbers of that length whose digits are allowed, found by trying every number."""
    for n in range(10 ** (length - 1), 10**length):
        if set(str(n)) <= set(digits) and (repeated or len(set(str(n))) == length):
            yield n


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_number(level, drafts, listed):
    for draft in drafts(KIND, level, 25):
        length, digits, repeated, checks = read(draft.prompt)
        expected = [n for n in candidates(length, digits, repeated) if all(check(n) for check in checks)]
        assert list(map(int, listed(draft))) == expected


def test_spaces_and_conditions_grow_with_the_level(drafts):
    sizes, conditions = [], []
    for level in KIND.levels[:5]:
        shapes = [read(draft.prompt) for draft in drafts(KIND, level, 20)]
        sizes.append(mean(len(list(candidates(*shape[:3]))) for shape in shapes))
        conditions.append(len(shapes[0][3]))
    assert sizes == sorted(set(sizes))
    assert conditions == [1, 1, 1, 2, 3]


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_lists_every_number_of_all(level, drafts, listed):
    (draft,) = drafts(KIND, level, 1)
    length, digits, repeated, checks = read(draft.prompt)
    numbers = itertools.product(digits, repeat=length) if repeated else itertools.permutations(digits, length)
    expected = [int("".join(number)) for number in numbers]
    assert list(map(int, listed(draft))) == [n for n in expected if all(check(n) for check in checks)]
    assert len(checks) == 4
