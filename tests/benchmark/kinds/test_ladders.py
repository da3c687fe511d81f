"""Levels of calculation and simulation get harder: more steps, larger numbers or states."""

import pytest

from skillprobe_core.benchmark.item_schema import Skill, Split
from skillprobe_core.benchmark.kind_registry import KINDS
from skillprobe_core.benchmark.splits import draw

CLIMBING = [kind for kind in KINDS if kind.skill in (Skill.CALCULATION, Skill.SIMULATION)]


@pytest.mark.parametrize("kind", CLIMBING, ids=lambda kind: kind.name)
def test_worked_solutions_grow_with_the_level(kind):
    lengths = []
    for level in kind.levels[:5]:
        items = [draw(kind, level, Split.TRAIN, 0, index) for index in range(30)]
        lengths.append(sum(len(item.reference) for item in items) / len(items))
    assert lengths == sorted(lengths)
    assert lengths[-1] > 2 * lengths[0]


@pytest.mark.parametrize("kind", CLIMBING, ids=lambda kind: kind.name)
def test_level_1_is_short_and_wide_enough(kind):
    items = [draw(kind, 1, Split.TRAIN, 0, index) for index in range(400)]
    assert max(len(item.prompt.split()) for item in items) <= 65
    assert max(len(item.reference) for item in items) <= 160
    assert len({item.prompt for item in items}) >= 150
    assert len({item.template for item in items}) >= 2
