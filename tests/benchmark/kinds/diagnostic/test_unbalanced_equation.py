import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.unbalanced_equation import _POOLS, KIND, _text


def atoms(side):
    """The elements of a side, one entry an atom, sorted."""
    found = []
    for term in side.split(" + "):
        coefficient, formula = re.fullmatch(r"(?:(\d+) )?(\w+)", term).groups()
        for element, index in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
            found += [element] * (int(coefficient or 1) * int(index or 1))
    return sorted(found)


def equations_of(prompt):
    return re.findall(r"\((\d+)\) ([^;.]+) -> ([^;.]+)[;.]", prompt)


def test_every_stored_equation_is_balanced():
    for pool in _POOLS.values():
        assert len(set(pool)) == len(pool) >= 14
        for equation in pool:
            left, right = _text(equation).split(" -> ")
            assert atoms(left) == atoms(right), _text(equation)


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_one_unbalanced_equation(level, drafts):
    for draft in drafts(KIND, level):
        equations = equations_of(draft.prompt)
        wrong = [int(number) for number, left, right in equations if atoms(left) != atoms(right)]
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else [])
        assert draft.chance == pytest.approx(1 / (len(equations) + 1))


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_evidence_counts_an_element_on_both_sides(level, drafts):
    for draft in drafts(KIND, level, 60):
        equations = equations_of(draft.prompt)
        _, left, right = equations[(int(draft.answer) or len(equations)) - 1]
        element, one, other = re.fullmatch(r"(\w+) (\d+) and (\d+)", draft.evidence[0]).groups()
        assert (atoms(left).count(element), atoms(right).count(element)) == (int(one), int(other))
        assert (one == other) == (draft.answer == "0")


def test_lists_and_equations_grow_with_the_level(drafts):
    drawn = [[equations_of(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]]
    counts = [mean(len(equations) for equations in level) for level in drawn]
    sizes = [mean(len(atoms(left)) for equations in level for _, left, _ in equations) for level in drawn]
    assert counts == sorted(set(counts))
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_has_one_unbalanced_equation(level, drafts):
    for draft in drafts(KIND, level, 3):
        equations = equations_of(draft.prompt)
        wrong = [int(number) for number, left, right in equations if atoms(left) != atoms(right)]
        assert wrong == ([int(draft.answer)] if draft.answer != "0" else [])
        assert draft.steps > 5 * (int(draft.answer) or len(equations))
