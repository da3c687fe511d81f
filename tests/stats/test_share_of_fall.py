"""Share of a fall: limits, coverage by simulation, and the width that artificial falls give."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from skillprobe_core.stats.share_of_fall import share_interval

ONE = csr_array(np.ones((1, 1)))


@pytest.mark.parametrize(("share", "inside"), [(1.0, 0.8), (0.0, 0.2)])
def test_a_fall_that_is_all_format_or_none_still_has_a_width(share: float, inside: float) -> None:
    fall = np.zeros((60, 1))
    fall[:20] = 1.0
    (low,), (high,) = share_interval(share * fall, fall, ONE)
    assert low <= share <= high
    assert min(share, inside) < (low + high) / 2 < max(share, inside)
    assert high - low > 0.05


def test_more_units_give_a_narrower_interval() -> None:
    widths = []
    for units in (20, 200):
        fall = np.ones((units, 1))
        part = (np.arange(units) % 2 == 0).astype(float)[:, None]
        (low,), (high,) = share_interval(part, fall, ONE)
        assert low < 0.5 < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_the_intervals_cover_the_planted_share() -> None:
    """Items fall with probability 0.4, rise with 0.05, and a fall is format with probability 0.7."""
    rng = np.random.default_rng(3)
    shape = (80, 300)  # each column is one experiment of 80 units
    luck = rng.random(shape)
    fall = np.where(luck < 0.4, 1.0, np.where(luck > 0.95, -1.0, 0.0))
    part = np.where((fall == 1) & (rng.random(shape) < 0.7), 1.0, 0.0)
    low, high = share_interval(part, fall, csr_array(np.eye(shape[1])))
    truth = 0.4 * 0.7 / 0.35
    assert 0.91 <= np.mean((low <= truth) & (truth <= high)) <= 0.99


def test_columns_are_summed_and_no_fall_has_no_share() -> None:
    fall, part = np.zeros((30, 2)), np.zeros((30, 2))
    fall[:10, 0] = 1
    part[:5, 0] = 1
    low, high = share_interval(part, fall, csr_array(np.array([[1, 0], [0, 1], [1, 1]])))
    assert (low[0], high[0]) == (low[2], high[2])
    assert np.isnan(low[1])
    assert np.isnan(high[1])
