from itertools import pairwise

import pytest

from skillprobe_core.benchmark.kinds.enumeration.search_sizes import LONG_LOOKS, LOOKS, has_size, most_looks
from skillprobe_core.benchmark.ladder import FAILS, LADDER, solver_accuracy


@pytest.mark.parametrize("sizes", [LOOKS, LONG_LOOKS])
def test_the_middle_of_each_level_is_more_than_twice_that_of_the_level_before(sizes):
    assert list(sizes) == list(range(LADDER, LADDER + len(sizes)))
    assert all(low + high > 2 * sum(before) for before, (low, high) in pairwise(sizes.values()))
    assert solver_accuracy(range(*sizes[max(sizes)])) < FAILS


def test_only_the_ladder_limits_its_searches():
    assert has_size(5, 10**6)
    assert most_looks(5) is None
    low, high = LOOKS[6]
    assert [has_size(6, looks) for looks in (low - 1, low, high, high + 1)] == [False, True, True, False]
    assert most_looks(6) == high
