import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.false_sum import KIND


def lines_of(prompt):
    found = re.findall(r"\((\d+)\) (\d+) ([-+]) (\d+) = (\d+)", prompt)
    return [(int(n), int(a) + int(b) * (1 if op == "+" else -1), said) for n, a, op, b, said in found]


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_is_the_one_false_line_and_its_error_is_one_digit(level, drafts):
    for draft in drafts(KIND, level):
        lines = lines_of(draft.prompt)
        false = [number for number, right, said in lines if right != int(said)]
        assert false == ([int(draft.answer)] if draft.answer != "0" else [])
        for number in false:
            _, right, said = lines[number - 1]
            assert len(str(right)) == len(said)
            assert sum(a != b for a, b in zip(str(right), said, strict=True)) == 1
            assert draft.evidence[0].endswith(f" = {right}")
        assert draft.chance == pytest.approx(1 / (len(lines) + 1))


def test_tables_and_numbers_grow_with_the_level(drafts):
    drawn = [[lines_of(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels]
    lines = [mean(len(table) for table in level) for level in drawn]
    digits = [mean(len(said) for table in level for _, _, said in table) for level in drawn]
    assert lines == sorted(set(lines))
    assert digits == sorted(set(digits))


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05
