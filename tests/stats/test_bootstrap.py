import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array

from skillprobe_core.stats.bootstrap import bootstrap_interval


@pytest.mark.parametrize(("gain", "loss"), [(0.05, 0.05), (0.02, 0.12), (0.3, 0.2)])
@pytest.mark.parametrize("size", [1, 4])
def test_coverage_over_many_groups(gain: float, loss: float, size: int) -> None:
    """A thousand groups of 100 units, items of a unit moving together or alone."""
    rng = np.random.default_rng(size)
    rounds, units = 500, 100
    luck = rng.random((units, rounds, size if size == 1 else 2))
    moves = np.where(luck < gain, 1.0, np.where(luck > 1 - loss, -1.0, 0.0)).sum(axis=2) * (size / luck.shape[2])
    sizes = np.full((units, rounds), float(size))
    low, high = bootstrap_interval(moves, sizes, csr_array(eye_array(rounds)))
    covered = np.mean((low <= gain - loss) & (gain - loss <= high))
    assert 0.92 <= covered <= 0.985


def test_totals_are_means_over_all_their_items() -> None:
    rng = np.random.default_rng(2)
    sums = np.zeros((200, 2))
    sums[:50, 0], sums[50:, 1] = rng.choice([-1, 0, 1], 50), rng.choice([-1, 0, 1], 150)
    sizes = np.zeros((200, 2))
    sizes[:50, 0] = sizes[50:, 1] = 1
    low, high = bootstrap_interval(sums, sizes, csr_array(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])))
    alone = bootstrap_interval(sums.sum(axis=1, keepdims=True), np.ones((200, 1)), csr_array(np.ones((1, 1))))
    assert (low[2], high[2]) == pytest.approx((alone[0][0], alone[1][0]), abs=0.02)
    assert np.all(low < high)


def test_nothing_moved_still_has_width() -> None:
    low, high = bootstrap_interval(np.zeros((80, 1)), np.ones((80, 1)), csr_array(np.ones((1, 1))))
    assert -0.1 < low[0] < 0 < high[0] < 0.1
