"""Interval of a ratio: Fieller's for symmetric parts, coverage by simulation, Holm by its definition."""

import numpy as np
import pytest
from scipy.optimize import brentq

from skillprobe_core.stats.ratio_interval import equal_p, holm, ratio_interval

Z = 1.959963984540054


def parts(value: float, error: float) -> np.ndarray:
    return np.array([[value], [value - Z * error], [value + Z * error]])


@pytest.mark.parametrize("value", [-0.3, -0.02, 0.0, 0.02, 0.3])
def test_symmetric_parts_give_fieller_s_interval(value: float) -> None:
    low, high = ratio_interval(parts(value, 0.03), parts(0.2, 0.04))

    def distance(ratio: float) -> float:
        return (value - ratio * 0.2) ** 2 - Z**2 * (0.03**2 + ratio**2 * 0.04**2)

    assert low[0] == pytest.approx(brentq(distance, -50, value / 0.2), rel=1e-6)
    assert high[0] == pytest.approx(brentq(distance, value / 0.2, 50), rel=1e-6)


def test_a_divisor_that_may_be_0_has_no_interval() -> None:
    low, high = ratio_interval(parts(0.1, 0.03), parts(0.05, 0.04))
    assert (low[0], high[0]) == (-np.inf, np.inf)


def test_the_interval_covers_the_ratio() -> None:
    rng = np.random.default_rng(2)
    above, below = rng.normal(0.1, 0.03, 20_000), rng.normal(0.2, 0.03, 20_000)
    sides = [np.array([each, each - Z * 0.03, each + Z * 0.03]) for each in (above, below)]
    low, high = ratio_interval(*sides)
    assert np.mean((low <= 0.5) & (high >= 0.5)) == pytest.approx(0.95, abs=0.005)


def test_equality_is_rejected_where_the_interval_excludes_1() -> None:
    rng = np.random.default_rng(6)
    value, divisor = rng.normal(0.2, 0.1, 500), rng.normal(0.3, 0.02, 500)
    above = np.array([value, value - rng.uniform(0.05, 0.1, 500), value + rng.uniform(0.05, 0.1, 500)])
    below = np.array([divisor, divisor - rng.uniform(0.02, 0.1, 500), divisor + rng.uniform(0.02, 0.1, 500)])
    low, high = ratio_interval(above, below)
    assert ((equal_p(above, below) <= 0.05) == ((low > 1) | (high < 1))).all()
    assert equal_p(above, above).tolist() == [1.0] * 500


def test_holm_multiplies_by_the_number_of_hypotheses_left() -> None:
    assert holm(np.array([0.01, 0.04, 0.02, 0.9])).tolist() == pytest.approx([0.04, 0.08, 0.06, 0.9])
    assert holm(np.array([0.5, 0.6])).tolist() == pytest.approx([1.0, 1.0])
    assert holm(np.array([])).size == 0
