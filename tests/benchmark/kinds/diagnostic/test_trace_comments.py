import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.trace_comments import KIND


def lines_of(prompt):
    return re.findall(r"^(\d+): (.*?)  # (\w+) is (\d+)$", prompt, re.MULTILINE)


def first_error(prompt):
    """Run the program line by line in Python and compare each comment."""
    scope = {}
    for number, code, name, said in lines_of(prompt):
        exec(code, {"max": max, "min": min}, scope)
        if scope[name] != int(said):
            return int(number)
    return 0


@pytest.mark.parametrize("level", KIND.levels)
def test_answer_is_the_first_line_where_python_disagrees(level, drafts):
    for draft in drafts(KIND, level, 200):
        lines = lines_of(draft.prompt)
        assert int(draft.answer) == first_error(draft.prompt)
        assert draft.chance == pytest.approx(1 / (len(lines) + 1))


def test_evidence_is_the_right_value(drafts):
    for draft in drafts(KIND, 3):
        scope = {}
        lines = lines_of(draft.prompt)
        checked = lines[: int(draft.answer) or len(lines)]
        for _, code, _, _ in checked:
            exec(code, {}, scope)
        name = checked[-1][2]
        assert draft.evidence[0].split()[-1] == str(scope[name])


def test_programs_grow_with_the_level(drafts):
    lengths = [mean(len(lines_of(d.prompt)) for d in drafts(KIND, level, 60)) for level in KIND.levels]
    names = [len({name for _, _, name, _ in lines_of(drafts(KIND, level, 1)[0].prompt)}) for level in KIND.levels]
    assert lengths == sorted(set(lengths))
    assert names[0] == 1 < names[-1]


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05
