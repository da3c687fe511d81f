import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array, vstack
from scipy.special import ndtri

from skillprobe_core.stats.critical_values import simultaneous_critical


@pytest.mark.parametrize(("units", "columns"), [(200, 12), (40, 90)])
def test_values_are_those_of_the_maximum_of_correlated_normals(units: int, columns: int) -> None:
    """Few columns of many units, and many checkpoints' columns of few units, some of which did not move at all."""
    rng = np.random.default_rng(units)
    common = rng.choice([-1.0, 0.0, 1.0], (units, 1), p=[0.2, 0.6, 0.2])
    own = rng.choice([-1.0, 0.0, 1.0], (units, columns), p=[0.1, 0.8, 0.1])
    sums = np.where(rng.random((units, columns)) < 0.7, common, own)
    sums[:, :3] = 0.0
    scale = np.sqrt((sums**2).sum(axis=0))
    correlation = (sums.T @ sums) / np.maximum(np.outer(scale, scale), 1e-300)
    np.fill_diagonal(correlation, 1.0)
    draws = rng.multivariate_normal(np.zeros(columns), correlation, 100_000, method="eigh")
    two_sided, one_sided = simultaneous_critical(sums)
    assert two_sided == pytest.approx(np.quantile(np.abs(draws).max(axis=1), 0.95), abs=0.04)
    assert one_sided == pytest.approx(np.quantile(draws.max(axis=1), 0.95), abs=0.04)
    assert one_sided < two_sided < ndtri(0.5 + 0.95 ** (1 / columns) / 2)


def test_columns_without_a_common_unit_have_sidaks_values() -> None:
    two_sided, one_sided = simultaneous_critical(np.eye(20))
    assert two_sided == pytest.approx(ndtri(0.5 + 0.95 ** (1 / 20) / 2))
    assert one_sided == pytest.approx(ndtri(0.95 ** (1 / 20)))


def test_units_that_did_not_move_change_nothing() -> None:
    sums = np.array([[1.0, 1.0, 0.0], [1.0, -1.0, 1.0], [0.0, 1.0, 1.0]])
    assert simultaneous_critical(np.vstack([sums, np.zeros((5, 3))])) == simultaneous_critical(sums)


@pytest.mark.parametrize("shape", [(60, 12), (20, 90)])
def test_sparse_sums_give_the_same_values_as_dense_ones(shape: tuple[int, int]) -> None:
    """More units than columns, and more columns than units; some columns did not change at all."""
    rng = np.random.default_rng(3)
    sums = rng.integers(-1, 2, shape) * (rng.random(shape) < 0.4)
    sums[:, :3] = 0
    dense = sums.astype(np.float64)
    assert simultaneous_critical(csr_array(dense)) == simultaneous_critical(dense)


def test_thousands_of_columns_never_make_a_matrix_of_their_correlations() -> None:
    """6,000 columns would take 288 MB; in both of the cases, correlated and not, a block at a time is enough."""
    columns = 6_000
    apart = csr_array(eye_array(columns))
    shared = csr_array(np.ones((1, columns)))
    for sums, units in ((apart, columns), (csr_array(vstack([shared, shared * 2])), 2)):
        assert sums.shape == (units, columns)
        tracemalloc.start()
        try:
            two_sided, one_sided = simultaneous_critical(sums)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert 1.6 < one_sided < two_sided < 5
        assert peak < 60_000_000
