import random
from collections import Counter

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
def best_constant_guess(drafts):
    """`best_constant_guess(kind, level)`: the share of the most frequent answer, and the mean stated chance."""

    def shares(kind, level, count=1500):
        drawn = drafts(kind, level, count)
        most = Counter(draft.answer for draft in drawn).most_common(1)[0][1]
        return most / count, sum(draft.chance for draft in drawn) / count

    return shares
