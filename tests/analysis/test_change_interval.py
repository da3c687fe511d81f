import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, ndtri, xlogy

from skillprobe_core.analysis.change_interval import _null_variance, cluster_limits, score_limits, upper_limit
from skillprobe_core.analysis.detectable import detectable_drop, power_of_drop
from skillprobe_core.scoring.wilson import effective_size


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


@pytest.mark.parametrize(("gained", "lost", "change"), [(3, 9, 0.02), (0, 5, -0.1), (4, 0, -0.03), (12, 11, 0.2)])
def test_null_variance_is_at_the_maximum_likelihood(gained: int, lost: int, change: float) -> None:
    n = 50

    def surprise(loss: float) -> float:
        gain = loss + change
        rest = 1 - gain - loss
        if min(gain, rest) < 0:
            return np.inf
        return -(xlogy(gained, gain) + xlogy(lost, loss) + xlogy(n - gained - lost, rest))

    low, high = max(0.0, -change), (1 - change) / 2
    grid = np.linspace(low, high, 2001)
    start = grid[np.argmin([surprise(loss) for loss in grid])]
    width = (high - low) / 2000
    bounds = (max(low, start - width), min(high, start + width))
    loss = minimize_scalar(surprise, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    expected = 2 * loss + change - change**2
    found = _null_variance(np.array(gained / n), np.array(lost / n), np.array(change))
    assert found == pytest.approx(expected, abs=2e-6)


def test_limits_mirror_each_other_and_hold_the_estimate() -> None:
    gained, lost = outcomes(40)
    low, high = score_limits(gained / 40, lost / 40, 40.0, 1.96)
    mirrored_low, mirrored_high = score_limits(lost / 40, gained / 40, 40.0, 1.96)
    np.testing.assert_allclose(low, -mirrored_high)
    np.testing.assert_allclose(high, -mirrored_low)
    change = (gained - lost) / 40
    assert np.all((low <= change) & (change <= high) & (low >= -1) & (high <= 1))
    wide_low, wide_high = score_limits(gained / 40, lost / 40, 40.0, 2.8)
    assert np.all((wide_low <= low) & (high <= wide_high))


@pytest.mark.parametrize("n", [50, 100, 200, pytest.param(500, marks=pytest.mark.slow)])
def test_coverage_of_the_change_is_that_stated(n: int) -> None:
    """Exact coverage, averaged over neighbouring truths, since that at one truth jumps with the outcomes' lattice.

    Both sides have accuracies of 0.02 to 0.98 and share what they solve to the degree `together`.
    Below five items expected to move no interval comes near its level from above without missing it.
    """
    gained, lost = outcomes(n)
    low, high = score_limits(gained / n, lost / n, float(n), 1.959964)
    for base, accuracy in [(0.02, 0.02), (0.02, 0.1), (0.1, 0.3), (0.5, 0.5), (0.5, 0.4), (0.9, 0.7), (0.98, 0.98)]:
        for together in (0.0, 0.6):
            both = (1 - together) * base * accuracy + together * min(base, accuracy)
            covered = []
            for gain_factor in np.linspace(0.75, 1.25, 4):
                for loss_factor in np.linspace(0.75, 1.25, 4):
                    gain, loss = (accuracy - both) * gain_factor, (base - both) * loss_factor
                    inside = (low <= gain - loss) & (gain - loss <= high)
                    covered.append(chances(n, gain, loss)[inside].sum())
            moving = n * (accuracy + base - 2 * both)
            assert np.mean(covered) >= 0.93, (base, accuracy, together)
            assert np.mean(covered) <= (0.97 if moving >= 5 else 1.0), (base, accuracy, together)


@pytest.mark.parametrize("n", [50, 100, 200, pytest.param(400, marks=pytest.mark.slow)])
def test_collapse_is_flagged_wrongly_in_few_families(n: int) -> None:
    """Twenty cells that all dropped by the margin itself, the hardest null there is; exact."""
    gained, lost = outcomes(n)
    upper = upper_limit(gained / n, lost / n, float(n), float(ndtri(0.95 ** (1 / 20))))
    for gain in (0.0, 0.01, 0.05, 0.2):
        one = chances(n, gain, gain + 0.05)[upper < -0.05].sum()
        assert 1 - (1 - one) ** 20 <= 0.05, gain


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
        assert power_of_drop(gain, n, critical, margin, drop) == pytest.approx(0.8, abs=0.01)


def test_more_items_find_smaller_drops_and_too_few_find_none() -> None:
    drops = detectable_drop(0.05, np.array([25.0, 50.0, 100.0, 400.0, 1600.0]), 2.8, 0.05)
    assert np.all(np.diff(drops) < 0)
    assert np.all(drops > 0.05)
    assert detectable_drop(0.0, 3.0, 2.8, 0.05) == 1.0


@pytest.mark.parametrize("families", [25, 60, 150])
@pytest.mark.parametrize("base", [0.1, 0.5, 0.9])
def test_coverage_holds_where_whole_templates_were_sampled(families: int, base: float) -> None:
    """Items of one template share their luck, in what is solved and in what moves."""
    rng = np.random.default_rng(families)
    rounds, size = 3_000, 4
    strength = 4.0
    level = rng.beta(base * strength, (1 - base) * strength, (rounds, families, 1))
    moved = rng.beta(1.0, 4.0, (rounds, families, 1))
    before = rng.random((rounds, families, size)) < level
    after = np.where(rng.random((rounds, families, size)) < moved, rng.random((rounds, families, size)) < 0.5, before)
    truth = 0.2 * (0.5 - base)
    change = after.astype(float) - before
    mean = change.mean(axis=(1, 2))
    gain, loss = np.maximum(change, 0).mean(axis=(1, 2)), np.maximum(-change, 0).mean(axis=(1, 2))
    squares = ((change - mean[:, None, None]).sum(axis=2) ** 2).sum(axis=1)
    n = families * size
    variance = families / (families - 1) * squares / n**2
    effective = effective_size(gain + loss - mean**2, variance, np.full(rounds, families), np.full(rounds, n))
    low, high = score_limits(gain, loss, effective, 1.959964)
    assert 0.93 <= np.mean((low <= truth) & (truth <= high)) <= 0.97
    low, high = cluster_limits(squares, np.full(rounds, families), np.full(rounds, n), mean)
    assert 0.92 <= np.mean((low <= truth) & (truth <= high)) <= 0.97
