import numpy as np

from tools.error_rates.law_fits import simulate


def test_unrelated_trends_fit_well() -> None:
    """The reason why the page calls the fits a ranking and not a test."""
    low, above_0, _, beyond_step = simulate(4, trend=True, correlation=0.9, runs=25)
    assert np.mean(low) > 0.4
    assert np.mean(above_0) > 0.7
    assert np.mean(beyond_step) < 0.4


def test_without_a_trend_they_do_not() -> None:
    low, _, above_half, _ = simulate(8, trend=False, correlation=0.0, runs=25)
    assert not any(low)
    assert not any(above_half)
