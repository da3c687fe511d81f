import random

import pytest

from skillprobe_core.benchmark.item_schema import finished


@pytest.fixture
def drafts():
    """`drafts(kind, level, count)`: that many draws of a level, the same in every run."""

    def draw(kind, level, count=150):
        rng = random.Random(f"{kind.name} {level}")
        return [finished(kind.draft(level, rng)) for _ in range(count)]

    return draw


@pytest.fixture
def listed():
    """`listed(draft)`: the elements of a list answer; they must also be the evidence, in order."""

    def elements(draft):
        found = draft.answer.split(", ")
        assert tuple(found) == draft.evidence
        return found

    return elements
