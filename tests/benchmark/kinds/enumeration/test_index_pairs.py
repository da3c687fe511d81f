import ast
import re
from statistics import mean

import pytest

from skillprobe_core.benchmark.kinds.enumeration.index_pairs import KIND


def read(prompt):
    items = ast.literal_eval(re.search(r"\[[\d, ]+\]", prompt)[0])
    relation = re.search(r"(?:such that|true that|for which) (a\[i\].*?)(?:\?|\. Positions)", prompt)[1]
    return items, relation


def holds(relation, a, i, j):
    """The relation, turned into Python and evaluated."""
    code = relation.replace("a[i] and a[j] are both even or both odd, and", "a[i] % 2 == a[j] % 2 and")
    code = re.sub(r"(a\[[ij]\]) is (odd|even)", lambda m: f"{m[1]} % 2 == {int(m[2] == 'odd')}", code)
    return eval(code, {}, {"a": a, "i": i, "j": j})


@pytest.mark.parametrize("level", KIND.levels[:5])
def test_answer_lists_every_pair(level, drafts, listed):
    for draft in drafts(KIND, level):
        items, relation = read(draft.prompt)
        expected = []
        for i in range(len(items)):
            expected += [f"{i}-{j}" for j in range(i + 1, len(items)) if holds(relation, items, i, j)]
        assert listed(draft) == expected


def test_lists_and_relations_grow_with_the_level(drafts):
    drawn = [[read(draft.prompt) for draft in drafts(KIND, level, 60)] for level in KIND.levels[:5]]
    sizes = [mean(len(items) for items, _ in level) for level in drawn]
    relations = [mean(len(relation) for _, relation in level) for level in drawn]
    assert sizes == sorted(set(sizes))
    assert relations[0] < relations[2] < relations[3]


@pytest.mark.parametrize("level", KIND.levels[5:])
def test_the_ladder_lists_every_pair(level, drafts, listed):
    for draft in drafts(KIND, level, 2):
        items, relation = read(draft.prompt)
        order, words = re.fullmatch(r"a\[i\] ([<>]) a\[j\] and (.+)", relation).groups()
        expected = []
        for i, a in enumerate(items):
            for j, b in enumerate(items[i + 1 :], start=i + 1):
                shared = sum(digit in str(b) for digit in "0123456789" if digit in str(a))
                fits = {"no digit": shared == 0, "exactly one": shared == 1, "four or five": shared in (4, 5)}
                (right,) = [fit for text, fit in fits.items() if text in words]
                expected += [f"{i}-{j}"] if right and (a < b) == (order == "<") and a != b else []
        assert listed(draft) == expected
        assert draft.steps == len(items) * (len(items) - 1) // 2
