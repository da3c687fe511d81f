import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.undefined_name import KIND


def lines_of(prompt):
    return re.findall(r"^(\d+): (.+)$", prompt, re.MULTILINE)


def first_failure(prompt):
    """Run the lines in Python until a name is not defined: the line and the name."""
    scope = {}
    for number, code in lines_of(prompt):
        try:
            exec(code, {}, scope)
        except NameError as error:
            return int(number), error.name
    return 0, None


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_line_where_python_stops(level, drafts):
    for draft in drafts(KIND, level, 200):
        number, name = first_failure(draft.prompt)
        assert int(draft.answer) == number, draft.prompt
        if number:
            assert draft.evidence == (name,)
        assert draft.chance == pytest.approx(1 / (len(lines_of(draft.prompt)) + 1))


def test_programs_grow_and_names_look_alike_with_the_level(drafts):
    drawn = [drafts(KIND, level, 100) for level in KIND.levels[:5]]
    lengths = [mean(len(lines_of(draft.prompt)) for draft in level) for level in drawn]
    assert lengths == sorted(set(lengths))
    alike = [mean(bool(re.search(r"\b(\w+)\b[^?]*\b\1s\b", draft.prompt)) for draft in level) for level in drawn]
    assert alike[0] == alike[1] == 0
    assert alike[2] > 0.3
    deletions = [mean("del " in draft.prompt for draft in level) for level in drawn]
    assert deletions[:3] == [0, 0, 0]
    assert deletions[4] > deletions[3] > 0


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_fails_where_python_stops(level, drafts):
    for draft in drafts(KIND, level, 5):
        number, name = first_failure(draft.prompt)
        assert int(draft.answer) == number
        assert name is None or draft.evidence == (name,)
