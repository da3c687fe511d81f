import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.copy_error import KIND


def read(prompt):
    """Original and copy, each a list of entries."""
    found = re.findall(r"\((\d+)\) ([\w ]+?)(?=,|\.| with )", prompt)
    half = len(found) // 2
    assert [number for number, _ in found[:half]] == [number for number, _ in found[half:]]
    return [entry for _, entry in found[:half]], [entry for _, entry in found[half:]]


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_is_the_one_place_where_the_copy_differs(level, drafts):
    for draft in drafts(KIND, level):
        original, copy = read(draft.prompt)
        wrong = [n for n, pair in enumerate(zip(original, copy, strict=True), start=1) if len(set(pair)) > 1]
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else [])
        assert draft.evidence == (original[(int(draft.answer) or len(original)) - 1],)
        assert draft.chance == pytest.approx(1 / (len(original) + 1))


def test_lists_grow_and_errors_shrink_with_the_level(drafts):
    lengths, shares = [], []
    for level in KIND.levels:
        drawn = [(draft, *read(draft.prompt)) for draft in drafts(KIND, level, 200)]
        lengths.append(mean(len(original) for _, original, _ in drawn))
        pairs = [(o[int(d.answer) - 1], c[int(d.answer) - 1]) for d, o, c in drawn if d.answer != "0"]
        shares.append(mean(sum(a != b for a, b in zip(*pair, strict=False)) / len(pair[0]) for pair in pairs))
    assert lengths == sorted(set(lengths))
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05
