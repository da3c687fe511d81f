import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.bracket_mismatch import KIND


def row_of(prompt):
    found = re.findall(r"(\d+):[a-z]*([][(){}])", prompt)
    assert [int(place) for place, _ in found] == list(range(1, len(found) + 1))
    return "".join(bracket for _, bracket in found)


def first_mismatch(row):
    """Cancel innermost pairs until none is left: what remains first closes what it does not open."""
    left = list(enumerate(row, start=1))
    while True:
        text = "".join(bracket for _, bracket in left)
        pair = re.search(r"\(\)|\[\]|\{\}", text)
        if not pair:
            break
        del left[pair.start() : pair.end()]
    return next((place for place, bracket in left if bracket in ")]}"), 0)


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_is_the_first_bracket_that_cannot_be_cancelled(level, drafts):
    for draft in drafts(KIND, level):
        row = row_of(draft.prompt)
        assert int(draft.answer) == first_mismatch(row), draft.prompt
        assert draft.chance == pytest.approx(1 / (len(row) / 2 + 1))
        opened = int(draft.evidence[0])
        assert row[opened - 1] in "([{"
        assert opened != int(draft.answer)


def test_rows_grow_with_the_level(drafts):
    lengths = [mean(len(row_of(draft.prompt)) for draft in drafts(KIND, level, 60)) for level in KIND.levels]
    assert lengths == sorted(set(lengths))
    assert not re.search(r"\d:[a-z]", drafts(KIND, 2, 1)[0].prompt)


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05
