"""Draws of a kind, and items to solve again from their prompts."""

import random

import pytest

from skillprobe_core.benchmark.item_schema import Split, finished
from skillprobe_core.benchmark.ladder import LADDER
from skillprobe_core.benchmark.splits import draw


@pytest.fixture
def drafts():
    """`drafts(kind, level, count)`: that many draws of a level, the same in every run."""

    def draw(kind, level, count=150):
        rng = random.Random(f"{kind.name} {level}")
        return [finished(kind.draft(level, rng)) for _ in range(count)]

    return draw


@pytest.fixture(params=[12, pytest.param(1000, marks=pytest.mark.slow)])
def drawn(request):
    """A function from a kind to items of all its levels; of each level beyond the fifth a sixth as many."""

    def items(kind):
        counts = {level: request.param if level < LADDER else request.param // 6 for level in kind.levels}
        found = [draw(kind, level, Split.TRAIN, 11, index) for level in kind.levels for index in range(counts[level])]
        assert len(found) == sum(counts.values())
        return [item for item in found if item is not None]

    return items
