"""Changes of groups: means by counting, sizes at most the items, and groups without items."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillprobe_core.measurements.profile_tests.paired_change import paired_change

GROUPS = 3
ITEM = st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 9), st.integers(0, GROUPS - 1))


@given(st.lists(ITEM, min_size=1, max_size=40))
def test_means_are_those_of_each_group(items: list[tuple[int, int, int, int]]) -> None:
    share, base, cluster, label = (np.array(column) for column in zip(*items, strict=True))
    found = paired_change(share / 4, base / 4, np.ones(len(items)), cluster, label, GROUPS)
    for group in range(GROUPS):
        chosen = label == group
        assert found.items[group] == chosen.sum()
        assert found.units[group] == len(set(cluster[chosen]))
        if not chosen.any():
            assert np.isnan(found.change[group])
            assert found.size[group] == 0
            continue
        assert found.accuracy[group] == pytest.approx((share / 4)[chosen].mean())
        assert found.base_accuracy[group] == pytest.approx((base / 4)[chosen].mean())
        assert found.change[group] == pytest.approx(((share - base) / 4)[chosen].mean())
        assert min(found.gain[group], found.loss[group]) >= 0
        assert 0 < found.size[group] <= chosen.sum() + 1e-9


def test_clusters_that_move_together_count_less_than_their_items() -> None:
    rng = np.random.default_rng(1)
    moved = np.repeat(rng.integers(0, 2, 30), 4).astype(float)
    label, base = np.zeros(120, dtype=np.intp), np.full(120, 0.5)
    alone = paired_change(moved, base, np.ones(120), np.arange(120), label, 1)
    together = paired_change(moved, base, np.ones(120), np.repeat(np.arange(30), 4), label, 1)
    assert alone.size[0] == pytest.approx(120)
    assert together.size[0] < 60
