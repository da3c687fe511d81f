import numpy as np
import pytest

from skillprobe_core.analysis.pass_at_k_intervals import pass_at_k_intervals
from skillprobe_core.errors import StoreError


def test_coverage_and_order(items, answered) -> None:
    truth = {k: [] for k in (1, 4)}
    grid = np.linspace(0, 1, 2_001)[1:-1]
    weight = grid ** (0.5 - 1) * (1 - grid) ** (1.0 - 1)
    weight /= weight.sum()
    expected = {k: (weight * (1 - (1 - grid) ** k)).sum() for k in truth}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        ability = rng.choice(grid, items.height, p=weight)
        right = rng.random((items.height, 8)) < ability[:, None]
        table = pass_at_k_intervals(answered(items, right), items, [1, 4])
        for row in table.filter(skill="calculation").rows(named=True):
            if row["domain"] != "all":
                truth[row["k"]].append(row["low"] <= expected[row["k"]] <= row["high"])
    for covered in truth.values():
        assert 0.90 <= np.mean(covered) <= 0.99  # 200 intervals of a stated 95 %


def test_groups_and_subtotals(items, answered) -> None:
    right = np.random.default_rng(1).random((items.height, 3)) < 0.5
    table = pass_at_k_intervals(answered(items, right), items, [1, 2, 3])
    assert table.height == 3 * 9
    whole = table.filter(skill="all", domain="all")
    assert whole["items"].unique().to_list() == [items.height]
    assert whole.filter(k=1)["pass_at_k"][0] == pytest.approx(right.mean())
    assert whole.filter(k=3)["pass_at_k"][0] == pytest.approx(right.any(axis=1).mean())
    assert whole.sort("k")["pass_at_k"].is_sorted()


def test_more_than_was_sampled_is_refused(items, answered) -> None:
    with pytest.raises(StoreError, match=r"pass@4 needs 4 samples.*only 3"):
        pass_at_k_intervals(answered(items, np.ones((items.height, 3))), items, [4])
