import numpy as np
import pytest
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
