import itertools
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.diagnostic.condition_rewrite import KIND


def read(prompt):
    """The conditions from the given one to the last rewriting."""
    return re.findall(r"^(?:start|step \d+): (.+)$", prompt, re.MULTILINE)


def truths(condition, names):
    """The truth of a condition, as Python evaluates it, for every flag and every number from 0 to 62 that matters."""
    limits = sorted({int(text) for text in re.findall(r"\d+", condition)})
    assert limits == [] or limits[0] > 1
    values = {name: names[name] for name in sorted(names)}
    return [
        bool(eval(condition, {}, dict(zip(values, each, strict=True)))) for each in itertools.product(*values.values())
    ]


def values_of(prompt):
    text = "\n".join(read(prompt))
    found = {name: (False, True) for name in re.findall(r"[a-z]+", text) if name not in ("not", "and", "or")}
    for name, limit in re.findall(r"([a-z]+) [<>]=? (\d+)", text):
        found[name] = (int(limit) - 1, int(limit), int(limit) + 1)
    return found


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_is_the_one_step_that_python_evaluates_otherwise(level, drafts):
    for draft in drafts(KIND, level, 60):
        names = values_of(draft.prompt)
        tables = [truths(condition, names) for condition in read(draft.prompt)]
        changed = [number for number, pair in enumerate(itertools.pairwise(tables), start=1) if pair[0] != pair[1]]
        assert changed == ([int(draft.answer)] if draft.answer != "0" else []), draft.prompt
        assert draft.chance == pytest.approx(1 / len(tables))


def test_conditions_and_chains_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt) for draft in drafts(KIND, level, 100)] for level in KIND.levels[:5]]
    assert [len(level[0]) > 2 for level in drawn] == [True] * 5
    steps = [mean(len(conditions) for conditions in level) for level in drawn]
    lengths = [mean(len(conditions[0]) for conditions in level) for level in drawn]
    assert steps == sorted(set(steps))
    assert lengths == sorted(set(lengths))


@pytest.mark.parametrize("level", [1, 3, 5])
def test_no_constant_answer_beats_the_stated_chance(level, best_constant_guess):
    most, chance = best_constant_guess(KIND, level)
    assert most < chance + 0.05


def test_the_ladder_has_one_step_that_python_evaluates_otherwise(drafts):
    (draft,) = drafts(KIND, KIND.levels[5], 1)
    names = values_of(draft.prompt)
    tables = [truths(condition, names) for condition in read(draft.prompt)]
    changed = [number for number, pair in enumerate(itertools.pairwise(tables), start=1) if pair[0] != pair[1]]
    assert changed == ([int(draft.answer)] if draft.answer != "0" else [])


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_no_step_of_the_ladder_comes_again(level, drafts):
    (draft,) = drafts(KIND, level, 1)
    conditions = read(draft.prompt)
    assert len(set(conditions)) == len(conditions)
    assert draft.chance == pytest.approx(1 / (len(conditions) - 1 - (len(conditions) - 1) // 2 + 1))
