import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.reading_claims import KIND


def part(readings, first, last):
    return [readings[place] for place in range(int(first), int(last) + 1)]


CLAIMS = {
    r"reading (\d+) is (\d+)": lambda r, i, v: r[int(i)] == int(v),
    r"the largest reading is (\d+)": lambda r, v: sorted(r.values())[-1] == int(v),
    r"the smallest reading is (\d+)": lambda r, v: sorted(r.values())[0] == int(v),
    r"reading (\d+) is larger than reading (\d+)": lambda r, i, j: r[int(i)] > r[int(j)],
    r"reading (\d+) is smaller than reading (\d+)": lambda r, i, j: r[int(i)] < r[int(j)],
    r"the number of readings above (\d+) is (\d+)": lambda r, v, n: (
        len([value for value in r.values() if value > int(v)]) == int(n)
    ),
    r"the largest of readings (\d+) to (\d+) is (\d+)": lambda r, i, j, v: max(part(r, i, j)) == int(v),
    r"the smallest of readings (\d+) to (\d+) is (\d+)": lambda r, i, j, v: min(part(r, i, j)) == int(v),
    r"the number of readings above (\d+) among readings (\d+) to (\d+) is (\d+)": lambda r, v, i, j, n: (
        len([value for value in part(r, i, j) if value > int(v)]) == int(n)
    ),
    r"the number of rises from reading (\d+) to reading (\d+) is (\d+)": lambda r, i, j, n: (
        sum(r[place] > r[place - 1] for place in range(int(i) + 1, int(j) + 1)) == int(n)
    ),
    r"the largest one is reading (\d+)": lambda r, i: all(r[int(i)] >= value for value in r.values()),
}


def true(claim, readings):
    ((check, match),) = [(c, m) for pattern, c in CLAIMS.items() if (m := re.fullmatch(pattern, claim.lower()))]
    return check(readings, *match.groups())


def read(prompt):
    readings = re.search(r"(?:were|order:|readings) (\d+(?:, \d+)+)\.", prompt)[1].split(", ")
    claims = re.findall(r"(\d+)\. ((?:Reading|The (?:largest|smallest|number))[^.]+)\.", prompt)
    return dict(enumerate(map(int, readings), start=1)), [(int(number), claim) for number, claim in claims]


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_one_false_claim(level, drafts):
    for draft in drafts(KIND, level):
        readings, claims = read(draft.prompt)
        assert [number for number, _ in claims] == list(range(1, len(claims) + 1))
        false = [number for number, claim in claims if not true(claim, readings)]
        assert false == ([int(draft.answer)] if draft.answer != "0" else [])
        assert true(draft.evidence[0], readings)
        assert draft.chance == pytest.approx(1 / (len(claims) + 1))


def test_readings_and_claims_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]]
    for sizes in (
        [mean(len(readings) for readings, _ in level) for level in drawn],
        [mean(len(claims) for _, claims in level) for level in drawn],
        [mean(max(readings.values()) for readings, _ in level) for level in drawn],
    ):
        assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_has_one_false_claim(level, drafts):
    for draft in drafts(KIND, level, 5):
        readings, claims = read(draft.prompt)
        false = [number for number, claim in claims if not true(claim, readings)]
        assert false == ([int(draft.answer)] if draft.answer != "0" else [])
        assert len(claims) == {6: 14, 7: 24, 8: 40, 9: 72}[level]
        assert draft.steps >= len(readings) // 3 * (int(draft.answer) or len(claims))
