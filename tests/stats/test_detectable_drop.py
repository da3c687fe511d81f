"""The smallest drop that a test finds four times in five."""

import numpy as np
import pytest
from scipy.special import gammaln, ndtri, xlogy

from skillprobe_core.stats.change_interval import upper_limit
from skillprobe_core.stats.detectable_drop import detectable_drop


def outcomes(n: int) -> tuple[np.ndarray, np.ndarray]:
    gained, lost = np.divmod(np.arange((n + 1) ** 2), n + 1)
    possible = gained + lost <= n
    return gained[possible], lost[possible]


def chances(n: int, gain: float, loss: float) -> np.ndarray:
    """Probability of every outcome, in the order of `outcomes`."""
    gained, lost = outcomes(n)
    rest = n - gained - lost
    ways = gammaln(n + 1) - gammaln(gained + 1) - gammaln(lost + 1) - gammaln(rest + 1)
    return np.exp(ways + xlogy(gained, gain) + xlogy(lost, loss) + xlogy(rest, 1 - gain - loss))


@pytest.mark.parametrize("n", [50, 200, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("margin", [0.0, 0.05])
def test_power_at_the_detectable_drop_is_eighty_percent(n: int, margin: float) -> None:
    gained, lost = outcomes(n)
    critical = float(ndtri(0.95 ** (1 / 20)))
    for gain in (0.002, 0.01, 0.05, 0.2):
        drop = float(detectable_drop(gain, n, critical, margin))
        if margin:
            found = upper_limit(gained / n, lost / n, float(n), critical) < -margin
        else:
            found = (gained - lost) <= -critical * np.sqrt(np.maximum(gained + lost, 1))
        assert chances(n, gain, gain + drop)[found].sum() == pytest.approx(0.8, abs=0.01)


def test_more_items_find_smaller_drops_and_too_few_find_none() -> None:
    drops = detectable_drop(0.05, np.array([25.0, 50.0, 100.0, 400.0, 1600.0]), 2.8, 0.05)
    assert np.all(np.diff(drops) < 0)
    assert np.all(drops > 0.05)
    assert detectable_drop(0.0, 3.0, 2.8, 0.05) == 1.0


def test_a_stricter_test_needs_a_larger_drop() -> None:
    drops = [float(detectable_drop(0.05, 200, critical, 0.05)) for critical in (1.6, 2.2, 2.8, 3.4)]
    assert drops == sorted(drops)
    assert len(set(drops)) == 4


def test_gains_and_sizes_are_paired_like_arrays() -> None:
    gains, sizes = np.array([[0.01], [0.1]]), np.array([50.0, 100.0, 400.0])
    together = detectable_drop(gains, sizes, 2.5, 0.05)
    assert together.shape == (2, 3)
    for row, column in np.ndindex(2, 3):
        alone = float(detectable_drop(gains[row, 0], sizes[column], 2.5, 0.05))
        assert together[row, column] == pytest.approx(alone, abs=6e-4)
