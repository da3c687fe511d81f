import numpy as np
import pytest

from tools.error_rates.answers import answers


@pytest.mark.parametrize("per_unit", [1, 5])
def test_accuracies_are_those_expected_and_neighbours_are_alike(per_unit: int) -> None:
    expected = [0.4, 0.5, 0.6, 0.5, 0.6]
    shares = answers(np.random.default_rng(0), 40_000, expected, (2, 2), per_unit)
    np.testing.assert_allclose(shares.mean(axis=0), expected, atol=0.02)
    alike = np.corrcoef(shares.T)
    assert alike[1, 2] > alike[1, 3] + 0.05
    assert alike[1, 3] > 0.2


def test_units_move_together() -> None:
    shares = answers(np.random.default_rng(1), 10_000, [0.5, 0.5], (1,), 5).reshape(-1, 5, 2)
    assert np.corrcoef(shares[:, 0, 1], shares[:, 1, 1])[0, 1] > 0.4
