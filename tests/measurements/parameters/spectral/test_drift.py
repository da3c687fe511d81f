"""Change of the singular values, against a dense decomposition."""

import numpy as np
import pytest

from tests.measurements.parameters.spectral.conftest import measure, orthogonal


@pytest.mark.parametrize("shape", [(60, 40), (40, 60), (30, 30)])
def test_norms_and_drift_agree_with_a_dense_svd(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    base = rng.standard_normal(shape)
    tensor = base + 0.1 * rng.standard_normal(shape)
    found = measure(base, tensor)
    old, new, moved = (np.linalg.svd(each, compute_uv=False) for each in (base, tensor, tensor - base))
    assert found["base_spectral_norm"] == pytest.approx(old[0], rel=1e-12)
    assert found["spectral_norm"] == pytest.approx(new[0], rel=1e-12)
    assert found["relative_spectral_norm"] == pytest.approx(moved[0] / old[0], rel=1e-10)
    assert found["spectral_drift"] == pytest.approx(np.linalg.norm(new - old) / np.linalg.norm(old), rel=1e-10)


def test_a_rotation_moves_no_singular_value_and_a_scaling_moves_all() -> None:
    base = np.random.default_rng(1).standard_normal((50, 30))
    assert measure(base, orthogonal(50, 2) @ base)["spectral_drift"] == pytest.approx(0.0, abs=1e-13)
    assert measure(base, 1.5 * base)["spectral_drift"] == pytest.approx(0.5)


def test_values_whose_squares_underflow_keep_their_drift() -> None:
    base = 1e-170 * np.random.default_rng(3).standard_normal((20, 10))
    assert measure(base, 3 * base)["spectral_drift"] == pytest.approx(2.0)
