import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.spectral.angles import principal_angles
from skillprobe_core.measurements.parameters.spectral.spectral_family import subspace_size
from tests.measurements.parameters.spectral.conftest import measure, orthogonal, turn


@settings(max_examples=40, deadline=None)
@given(exponent=st.floats(-9, 1.9), k=st.integers(1, 6), seed=st.integers(0, 1000))
def test_a_known_angle_between_subspaces(exponent, k, seed):
    degrees = 10.0**exponent
    basis = orthogonal(20, seed)
    turned = basis @ turn(20, k - 1, 10, degrees)
    found = principal_angles(basis[:, :k], turned[:, :k] @ orthogonal(k, seed + 1))
    np.testing.assert_allclose(found[-1], degrees, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found[:-1], 0.0, atol=1e-6)


@pytest.mark.parametrize("degrees", [1e-6, 1e-3, 0.5, 30.0, 89.0])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("shape", [(120, 60), (60, 120), (80, 80)])
def test_a_planted_rotation_is_found_with_its_angle_and_side(degrees, side, shape):
    n, k = min(shape), subspace_size(min(shape))
    values = np.append(np.linspace(3, 2, k), np.linspace(1, 0.5, n - k))
    left, right = orthogonal(shape[0], 1), orthogonal(shape[1], 2)
    core = np.zeros(shape)
    np.fill_diagonal(core, values)
    base = left @ core @ right.T
    turns = {"left": np.eye(shape[0]), "right": np.eye(shape[1])}
    turns[side] = turn(len(turns[side]), 3, n - 1, degrees)
    found = measure(base, left @ turns["left"] @ core @ turns["right"].T @ right.T)
    other = "right" if side == "left" else "left"
    assert found[f"{side}_angle_max"] == pytest.approx(degrees, abs=1e-7)
    assert found[f"{side}_angle_mean"] == pytest.approx(degrees / k, abs=1e-7)
    assert found[f"{other}_angle_max"] == pytest.approx(0.0, abs=1e-7)
    assert found["spectral_drift"] == pytest.approx(0.0, abs=1e-13)


def test_angles_agree_with_scipy_on_a_real_change():
    rng = np.random.default_rng(0)
    base = rng.standard_normal((90, 64))
    tensor = base + 0.05 * rng.standard_normal((90, 64))
    found = measure(base, tensor)
    (u0, _, v0), (u, _, v) = np.linalg.svd(base, full_matrices=False), np.linalg.svd(tensor, full_matrices=False)
    left = np.degrees(scipy.linalg.subspace_angles(u0[:, :16], u[:, :16]))
    right = np.degrees(scipy.linalg.subspace_angles(v0[:16].T, v[:16].T))
    assert found["left_angle_max"] == pytest.approx(left.max(), abs=1e-6)
    assert found["right_angle_mean"] == pytest.approx(right.mean(), abs=1e-6)
