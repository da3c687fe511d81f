"""Difference in cost at equal gain: the contrast, the slopes and the error rate on simulated points."""

import numpy as np
import pytest
from scipy.special import ndtri

from skillprobe_core.stats.equal_gain import MISSED, Points, equal_gain, slope_set

OWN, OTHER = np.arange(1, 5), np.arange(5, 10)
GAIN = np.concatenate([[0.0], np.linspace(0.05, 0.2, 4), np.linspace(0.18, 0.5, 5)])


def points(slope: float, spared: float = 0.0, noise: float = 0.01, seed: int | None = None) -> Points:
    """Two runs on a line through the base, the first of them better by `spared`; noise in all but the base."""
    size = len(GAIN)
    drop = slope * GAIN
    drop[OWN] -= spared
    covariance = noise**2 * np.eye(2 * size)
    if seed is None:
        return Points(GAIN, drop, covariance, 500.0)
    drawn = np.random.default_rng(seed).normal(0, noise, (2, size))
    return Points(GAIN + drawn[0] - drawn[0, 0], drop + drawn[1] - drawn[1, 0], covariance, 500.0)


def test_the_difference_is_corrected_for_the_gap() -> None:
    found = equal_gain(points(0.5, 0.04, noise=1e-4), OWN, OTHER)
    assert found.nearest.tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(found.gap, GAIN[OWN] - GAIN[5])
    np.testing.assert_allclose(
        found.difference[3], 0.04, atol=2e-3
    )  # the slope is that of both runs, so it is a little off
    assert found.low[3] < 0.04 < found.high[3]
    assert found.p_adjusted[3] < 0.02


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.5, 1.0, 2.0])
def test_on_one_line_the_difference_is_0_at_any_gap(slope: float) -> None:
    found = equal_gain(points(slope, noise=1e-3), OWN, OTHER)
    np.testing.assert_allclose(found.difference, 0.0, atol=1e-9)
    assert found.slope.estimate == pytest.approx(slope)
    assert found.slope.low < slope < found.slope.high
    assert (found.p == 1).all()


def test_the_slopes_are_not_attenuated_by_noise_in_the_gain() -> None:
    """A regression on the observed gains would find less than 0.8 of the slope at this noise."""
    noise = 0.08
    drawn = [points(1.0, noise=noise, seed=seed) for seed in range(400)]
    found = [slope_set(each, OWN, OTHER) for each in drawn]
    ordinary = [np.polyfit(each.gain[1:], each.drop[1:], 1)[0] for each in drawn]
    assert np.median(ordinary) < 0.85
    assert np.median([each.estimate for each in found]) == pytest.approx(1.0, abs=0.06)
    missed = np.mean([not each.low <= 1.0 <= each.high for each in found])
    assert missed <= MISSED + 3 * np.sqrt(MISSED / len(found))


def test_one_contrast_gives_fieller_s_set() -> None:
    """The ends of the set are where the contrast of drops equals the critical value times its error."""
    one = points(0.7, seed=3)
    found = slope_set(one, OWN[:1], OTHER[:1])
    trend = np.zeros(len(GAIN))
    trend[[0, 1, 5]] = -2.0, 1.0, 1.0
    for end in (found.low, found.high):
        weights = np.concatenate([-end * trend, trend])
        z = weights @ np.concatenate([one.gain, one.drop]) / np.sqrt(weights @ one.covariance @ weights)
        assert abs(z) == pytest.approx(-ndtri(MISSED / 2), rel=1e-6)


def test_gains_within_their_noise_leave_the_slope_open() -> None:
    found = equal_gain(points(0.5, noise=0.5), OWN, OTHER)
    assert not found.slope.bounded
    assert np.isnan(found.p).all()


def test_a_curve_widens_the_slopes() -> None:
    one = points(0.0, noise=1e-3)
    bent = Points(one.gain, np.maximum(0.0, one.gain - 0.15), one.covariance, one.freedom)
    found = slope_set(bent, OWN, OTHER)
    assert found.estimate < 0.55
    assert found.high > 0.75


def test_the_detectable_difference_is_found_with_80_percent_power() -> None:
    """On average over samples; the drop per unit of gain is 0, so the noise is the same in all."""
    stated = np.mean([equal_gain(points(0.0, seed=seed), OWN, OTHER, draws=499).detectable[3] for seed in range(20)])
    results = [equal_gain(points(0.0, float(stated), seed=seed), OWN, OTHER, draws=499) for seed in range(100)]
    power = np.mean([each.p_adjusted[3] <= 0.05 for each in results])
    assert 0.68 <= power <= 0.95


def test_choosing_the_nearest_gain_keeps_the_error_rate() -> None:
    """Noise as large as the steps between gains, so that the nearest one is mostly the wrong one."""
    wrong = [
        (equal_gain(points(1.0, noise=0.03, seed=seed), OWN, OTHER, draws=499).p_adjusted <= 0.05).any()
        for seed in range(150)
    ]
    assert sum(wrong) <= 14  # 99.5 % point of a binomial with 150 rounds at 5 %
