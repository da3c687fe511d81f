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


def angle_of(first: np.ndarray, second: np.ndarray) -> float:
    cosine = np.sum(first * second) / (np.linalg.norm(first) * np.linalg.norm(second))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


@pytest.mark.parametrize("degrees", [1e-9, 1e-4, 1.0, 45.0])
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("shape", [(120, 60), (60, 120)])
def test_a_rotation_within_the_subspace_is_seen_by_the_leading_angle_alone(degrees, side, shape):
    """Two leading vectors of one side are turned among themselves: the subspace, and so its angles, stay."""
    n, k = min(shape), subspace_size(min(shape))
    values = np.append(np.linspace(3, 2, k), np.linspace(1, 0.5, n - k))
    left, right = orthogonal(shape[0], 1), orthogonal(shape[1], 2)
    core = np.zeros(shape)
    np.fill_diagonal(core, values)
    turns = {"left": np.eye(shape[0]), "right": np.eye(shape[1])}
    turns[side] = turn(len(turns[side]), 0, 1, degrees)
    found = measure(left @ core @ right.T, left @ turns["left"] @ core @ turns["right"].T @ right.T)
    assert found["left_angle_max"] == pytest.approx(0, abs=1e-6)
    assert found["right_angle_max"] == pytest.approx(0, abs=1e-6)
    # A turn by a small angle t moves the vector Σ0 by t times the share of the two values in its length.
    share = np.sqrt((values[0] ** 2 + values[1] ** 2) / np.sum(values[:k] ** 2))
    exact = np.degrees(2 * np.arcsin(np.sin(np.radians(degrees) / 2) * share))
    assert found["leading_angle"] == pytest.approx(exact, rel=1e-5, abs=1e-11)


@pytest.mark.parametrize("shape", [(90, 64), (64, 90)])
def test_the_leading_angle_is_that_of_the_definition(shape):
    rng = np.random.default_rng(0)
    base = rng.standard_normal(shape)
    tensor = base + 0.3 * rng.standard_normal(shape)
    (u0, s0, v0), (u, _, v) = (np.linalg.svd(each, full_matrices=False) for each in (base, tensor))
    wanted = angle_of((u0[:, :16] * s0[:16]) @ v0[:16], (u[:, :16] * s0[:16]) @ v[:16])
    assert measure(base, tensor)["leading_angle"] == pytest.approx(wanted, rel=1e-8)


def test_equal_values_have_no_directions_of_their_own():
    """All leading values are equal: their vectors are arbitrary, and a tiny update chooses others, for both sides."""
    left, right = orthogonal(80, 1), orthogonal(60, 2)
    values = np.append(np.full(15, 3.0), np.linspace(1, 0.5, 45))
    base = left[:, :60] * values @ right.T
    tensor = base + 1e-7 * np.random.default_rng(3).standard_normal(base.shape)
    found = measure(base, tensor)
    assert found["leading_angle"] < 1e-3


def test_only_the_values_changed():
    left, right = orthogonal(80, 1), orthogonal(60, 2)
    values = np.linspace(3, 1, 60)
    found = measure(left[:, :60] * values @ right.T, left[:, :60] * (values**2) @ right.T)
    assert found["leading_angle"] == pytest.approx(0, abs=1e-6)
