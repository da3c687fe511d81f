import numpy as np
import pytest
from scipy.stats import ttest_1samp

from skillprobe_core.stats.mean_of_clusters import mean_of_clusters


def test_it_is_students_interval_and_test() -> None:
    rng = np.random.default_rng(1)
    owner = np.repeat(np.arange(3), (3, 6, 12))
    values = rng.normal(0.05, 0.1, len(owner))
    mean, reach, p = mean_of_clusters(values, owner, 3)
    for group in range(3):
        found = ttest_1samp(values[owner == group], 0.0)
        low, high = found.confidence_interval()
        assert mean[group] - reach[group] == pytest.approx(low)
        assert mean[group] + reach[group] == pytest.approx(high)
        assert p[group] == pytest.approx(found.pvalue)


def test_one_cluster_says_nothing_and_no_change_is_none() -> None:
    mean, reach, p = mean_of_clusters(np.array([0.3, 0.0, 0.0]), np.array([0, 1, 1]), 3)
    assert np.isnan(p[[0, 2]]).all()
    assert np.isnan(reach[[0, 2]]).all()
    assert (mean[1], reach[1], p[1]) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("clusters", [3, 6, 12])
def test_it_covers_the_mean_of_the_population_whatever_the_sizes_of_its_clusters(clusters: int) -> None:
    """Clusters of 20 to 180 items that gain and lose one in ten, and drift by 0.05."""
    rng, runs = np.random.default_rng(clusters), 4_000
    sizes = rng.integers(20, 181, (runs, clusters))
    drift = rng.normal(0, 0.05, sizes.shape)
    gained = rng.binomial(sizes, np.clip(0.1 + drift / 2, 0, 1))
    lost = rng.binomial(sizes - gained, np.clip(0.1 - drift / 2, 0, 1) / (1 - np.clip(0.1 + drift / 2, 0, 1)))
    owner = np.repeat(np.arange(runs), clusters)
    mean, reach, p = mean_of_clusters(((gained - lost) / sizes).ravel(), owner, runs)
    covered = np.abs(mean) <= reach
    assert covered.mean() == pytest.approx(0.95, abs=4 * np.sqrt(0.05 * 0.95 / runs))
    assert (covered == (p >= 0.05)).mean() > 0.999


def test_a_group_without_the_rare_value_takes_the_variance_of_its_pool() -> None:
    """One in five clusters falls by 2 and the others rise by 0.5, so that the mean of the population is 0."""
    rng, runs, groups, clusters = np.random.default_rng(4), 2_000, 5, 12
    values = np.where(rng.random((runs * groups, clusters)) < 0.2, -2.0, 0.5) + rng.normal(0, 0.1, (1, clusters))
    owner, pool = np.repeat(np.arange(runs * groups), clusters), np.repeat(np.arange(runs), groups)
    alone, pooled = (
        mean_of_clusters(values.ravel(), owner, runs * groups, pool=each)[2].reshape(runs, groups)
        for each in (None, pool)
    )
    assert (pooled >= alone - 1e-12).all()
    assert (alone.min(axis=1) <= 0.01).mean() > 0.15
    assert (pooled.min(axis=1) <= 0.01).mean() <= 0.05
