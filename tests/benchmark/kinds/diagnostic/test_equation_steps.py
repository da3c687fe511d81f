import re
from fractions import Fraction
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.equation_steps import KIND


def solution(equation):
    """The root of an equation as written in the prompt, from its difference of sides at 0, 1 and 2."""
    left, right = (re.sub(r"(\d)([x(])", r"\1*\2", side) for side in equation.split(" = "))
    at = [eval(f"({left}) - ({right})", {}, {"x": Fraction(x)}) for x in range(3)]
    assert at[2] - at[1] == at[1] - at[0] != 0, "linear, with one solution"
    return -at[0] / (at[1] - at[0])


def read(prompt):
    start = re.search(r"(?:To solve|solves|solution of) (.+?)(?:, somebody writes this)?\. Step 1", prompt)[1]
    return start, re.findall(r"Step \d+: ([^.]+)\.", prompt)


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_first_step_with_another_solution(level, drafts):
    for draft in drafts(KIND, level):
        start, steps = read(draft.prompt)
        right = solution(start)
        wrong = [number for number, step in enumerate(steps, start=1) if solution(step) != right]
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else [])
        assert steps[-1].startswith("x = ")
        assert draft.chance == pytest.approx(1 / (len(steps) + 1))


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_evidence_is_an_equivalent_equation(level, drafts):
    for draft in drafts(KIND, level, 60):
        (evidence,) = draft.evidence
        assert solution(evidence) == solution(read(draft.prompt)[0])


def test_solutions_get_longer_with_the_level(drafts):
    steps = [mean(len(read(draft.prompt)[1]) for draft in drafts(KIND, level, 60)) for level in KIND.levels[:5]]
    lengths = [mean(len(read(draft.prompt)[0]) for draft in drafts(KIND, level, 60)) for level in KIND.levels[:5]]
    assert steps == sorted(steps)
    assert steps[-1] > 2 * steps[0]
    assert lengths == sorted(set(lengths))


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_has_one_step_with_another_solution(level, drafts):
    for draft in drafts(KIND, level, 4):
        start, steps = read(draft.prompt)
        right = solution(start)
        wrong = [number for number, step in enumerate(steps, start=1) if solution(step) != right]
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else []), draft.prompt
        assert steps[-1].startswith("x = ")
