from collections import Counter

import pytest


@pytest.fixture
def best_constant_guess(drafts):
    """`best_constant_guess(kind, level)`: the share of the most frequent answer, and the mean stated chance."""

    def shares(kind, level, count=1500):
        drawn = drafts(kind, level, count)
        most = Counter(draft.answer for draft in drawn).most_common(1)[0][1]
        return most / count, sum(draft.chance for draft in drawn) / count

    return shares
