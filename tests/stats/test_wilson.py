import numpy as np
import pytest
from scipy.stats import binom, binomtest

from skillprobe_core.stats.wilson import clustered_variance, effective_size, wilson_interval


@pytest.mark.parametrize(("right", "n"), [(0, 7), (7, 7), (1, 50), (33, 100), (499, 500)])
def test_intervals_agree_with_scipy(right: int, n: int) -> None:
    expected = binomtest(right, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(wilson_interval(right / n, n), expected, atol=1e-12)


@pytest.mark.parametrize("n", [50, 100, 200, 500])
@pytest.mark.parametrize("p", [0.02, 0.05, 0.2, 0.5, 0.8, 0.95, 0.98])
def test_coverage_is_that_stated(n: int, p: float) -> None:
    """Exact, averaged over truths within 0.015, since that at one truth jumps (Brown, Cai, DasGupta 2001)."""
    right = np.arange(n + 1)
    low, high = wilson_interval(right / n, n)
    truths = np.linspace(p - 0.015, p + 0.015, 61)
    covered = [binom.pmf(right, n, truth)[(low <= truth) & (truth <= high)].sum() for truth in truths]
    assert 0.93 <= np.mean(covered) <= 0.97


@pytest.mark.parametrize("samples", [1, 4, 16])
@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_coverage_holds_with_several_samples_of_items_of_uneven_difficulty(samples: int, p: float) -> None:
    rng = np.random.default_rng(samples)
    rounds, items = 4_000, 100
    truths = rng.uniform(p - 0.02, p + 0.02, rounds)
    difficulty = rng.beta(truths[:, None] * 0.8, (1 - truths[:, None]) * 0.8, (rounds, items))
    share = rng.binomial(samples, difficulty) / samples
    mean = share.mean(axis=1)
    variance = ((share - mean[:, None]) ** 2).sum(axis=1) / (items - 1) / items
    size = effective_size(mean * (1 - mean), variance, np.full(rounds, items - 1), np.full(rounds, items * samples))
    low, high = wilson_interval(mean, size)
    assert 0.93 <= np.mean((low <= truths) & (truths <= high)) <= 0.97


def test_effective_size_lies_between_units_and_trials() -> None:
    # identical samples within a unit carry one trial's information, independent ones carry all of it
    rng = np.random.default_rng(0)
    share = (rng.random(2_000) < 0.4).astype(float)
    same = effective_size(share.mean() * (1 - share.mean()), share.var() / 2_000, 1_999, 8_000)
    assert same == pytest.approx(2_000, rel=0.02)
    spread = rng.binomial(4, 0.4, 2_000) / 4
    independent = effective_size(spread.mean() * (1 - spread.mean()), spread.var() / 2_000, 1_999, 8_000)
    assert independent == pytest.approx(8_000, rel=0.08)
    assert effective_size(0.25, 1e-12, 49, 50) == 50
    assert effective_size(0.0, 0.0, 49, 400) == 50
    # one unit of many trials says no more than one trial would
    assert effective_size(0.25, 0.0, 0, 8) == 1


@pytest.mark.parametrize("sizes", [[1] * 12, [4] * 6, [1, 1, 2, 3, 5, 20], [9, 1]])
def test_clustered_variance_is_that_of_bell_and_mccaffrey(sizes: list[int]) -> None:
    """Against their matrices: residuals adjusted by (I - H)^(-1/2), degrees of freedom from the quadratic form."""
    rng = np.random.default_rng(sum(sizes))
    n, code = sum(sizes), np.repeat(np.arange(len(sizes)), sizes)
    values = rng.normal(size=n)
    hat = np.full((n, n), 1 / n)
    adjusted = []
    for cluster in range(len(sizes)):
        mine = code == cluster
        eigenvalues, vectors = np.linalg.eigh(np.eye(mine.sum()) - hat[np.ix_(mine, mine)])
        root = vectors @ np.diag(eigenvalues**-0.5) @ vectors.T
        adjusted.append((np.eye(n) - hat)[:, mine] @ root @ np.full(mine.sum(), 1 / n))
    square = np.array(adjusted) @ np.array(adjusted).T
    variance, freedom = clustered_variance(
        np.bincount(code, values - values.mean()), np.array(sizes), np.zeros(len(sizes), int), 1
    )
    assert variance[0] == pytest.approx(sum((each @ values) ** 2 for each in adjusted))
    assert freedom[0] == pytest.approx(np.trace(square) ** 2 / (square**2).sum())
    if len(set(sizes)) == 1:
        assert freedom[0] == pytest.approx(len(sizes) - 1)


def test_groups_of_clusters_do_not_touch_each_other() -> None:
    owner = np.array([0, 1, 1, 1, 2])
    variance, freedom = clustered_variance([0.0, 1.0, -1.0, 0.0, 0.0], [8, 2, 2, 2, 1], owner, 4)
    assert freedom.tolist() == pytest.approx([0, 2, 0, 0])
    assert variance.tolist() == pytest.approx([0, 1.5 * 2 / 36, 0, 0])
