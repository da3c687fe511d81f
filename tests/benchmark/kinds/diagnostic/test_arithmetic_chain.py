import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.arithmetic_chain import KIND

OPERATIONS = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}


def steps_of(prompt):
    found = re.findall(r"Step (\d+): (\d+) ([-+*]) (\d+) = (\d+)\.", prompt)
    return [(int(n), int(a), op, int(b), int(c)) for n, a, op, b, c in found]


def first_error(steps):
    previous = None
    for number, left, operator, right, result in steps:
        if OPERATIONS[operator](left, right) != result or previous not in (None, left):
            return number
        previous = result
    return 0


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_first_step_that_does_not_hold(level, drafts):
    for draft in drafts(KIND, level):
        steps = steps_of(draft.prompt)
        assert [number for number, *_ in steps] == list(range(1, len(steps) + 1))
        assert int(draft.answer) == first_error(steps)
        assert draft.chance == pytest.approx(1 / (len(steps) + 1))


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_evidence_is_the_right_value_at_the_error(level, drafts):
    for draft in drafts(KIND, level):
        steps = steps_of(draft.prompt)
        _, left, operator, right, result = steps[int(draft.answer) - 1]
        (evidence,) = draft.evidence
        if evidence.startswith("from"):
            assert int(evidence.split()[1]) == steps[int(draft.answer) - 2][-1] != left
        else:
            assert evidence == f"{left} {operator} {right} = {OPERATIONS[operator](left, right)}"
            assert (result == OPERATIONS[operator](left, right)) == (draft.answer == "0")


def test_errors_get_subtler_and_chains_longer(drafts):
    lengths, changed = [], []
    for level in KIND.levels[:5]:
        drawn = [(draft, steps_of(draft.prompt)) for draft in drafts(KIND, level, 300)]
        lengths.append(mean(len(steps) for _, steps in drawn))
        relative = []
        for draft, steps in drawn:
            _, left, operator, right, result = steps[int(draft.answer) - 1]
            true = OPERATIONS[operator](left, right)
            if true != result:
                relative.append(sum(a != b for a, b in zip(f"{true:05}", f"{result:05}", strict=True)) / len(str(true)))
        changed.append(mean(relative))
    assert lengths == sorted(set(lengths))
    assert changed[0] > changed[2] > changed[4]


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_breaks_at_the_answer(level, drafts):
    for draft in drafts(KIND, level, 4):
        steps = steps_of(draft.prompt)
        error = int(draft.answer)
        assert error == first_error(steps)
        assert error == 0 or error > len(steps) // 2
        assert draft.steps >= sum(len(str(left)) for _, left, *_ in steps[: error or len(steps)])
