"""The proof that a twin has no answer: two questions that reduce to it have different answers."""

import random

import pytest

from skillprobe_core.benchmark.item_schema import Split
from skillprobe_core.benchmark.kind_registry import kind_named
from skillprobe_core.benchmark.splits import draw

LEVELS = (1, 2, 3, 4, 5)


@pytest.fixture(scope="session")
def items_of():
    """`items_of(kind, count)`: so many evaluation items of each of the levels 1 to 5."""

    def items(name, count=12):
        kind = kind_named(name)
        places = [(level, index) for level in LEVELS for index in range(count)]
        found = [draw(kind, level, Split.EVALUATION, 5, index) for level, index in places]
        return [item for item in found if item is not None]

    return items


@pytest.fixture(scope="session")
def proved(items_of):
    """`proved(rule, solve)`: prove the twins of a kind unanswerable; returns the share of items that have one.

    `solve` computes the answer of a prompt by another route than the benchmark, as the item states it.
    """

    def prove(rule, solve):
        items = items_of(rule.kind)
        twins = 0
        for number, item in enumerate(items):
            assert solve(item.prompt) == item.answer, item.prompt
            twin = rule.remove(item.prompt, item.answer, random.Random(number))
            if twin is None:
                continue
            twins += 1
            assert twin.prompt not in twin.restored
            one, other = twin.restored
            assert solve(one) != solve(other), twin
            # Without the premise, both questions are the twin: it does not say which of them is meant.
            for full in twin.restored:
                reduced = (rule.remove(full, answer, random.Random(number)) for answer in (solve(full), item.answer))
                assert any(again is not None and again.prompt == twin.prompt for again in reduced), (full, twin)
        return twins / len(items)

    return prove
