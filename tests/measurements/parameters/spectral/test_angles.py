import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.parameter_registry import spectral
from skillprobe_core.measurements.parameters.spectral.angles import principal_angles
from skillprobe_core.measurements.parameters.spectral.decomposition import decompose
from skillprobe_core.measurements.parameters.spectral.intruders import intruder_threshold
from skillprobe_core.measurements.parameters.spectral.matrix import Matrix
from skillprobe_core.measurements.parameters.spectral.spectral_family import Spectra, subspace_size


def tall(values: np.ndarray) -> Matrix:
    transposed = values.shape[0] < values.shape[1]
    values = values.T if transposed else values
    largest = float(np.abs(values).max())
    return Matrix(*values.shape, lambda start, stop: np.array(values[start:stop]), largest, transposed)


def measure(base: np.ndarray, tensor: np.ndarray) -> dict:
    k = subspace_size(min(base.shape))
    old, new, delta = tall(base), tall(tensor), tall(tensor - base)
    spectra = Spectra(
        old.rows, old.columns, decompose(old, min(2 * k, old.columns)), decompose(new, k), decompose(delta, 0)
    )
    return {name: value for family in spectral() for name, value in family.measure(spectra).items()}


def orthogonal(n: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]


def turn(n: int, i: int, j: int, degrees: float) -> np.ndarray:
    rotation = np.eye(n)
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    rotation[np.ix_([i, j], [i, j])] = [[cos, -sin], [sin, cos]]
    return rotation


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


def test_an_intruder_is_found_with_its_energy():
    rng = np.random.default_rng(1)
    n = 256
    base = rng.standard_normal((300, n))
    assert measure(base, base + 1e-3 * rng.standard_normal((300, n)))["intruders"] == 0
    foreign = np.outer(rng.standard_normal(300), rng.standard_normal(n))
    tensor = base + foreign * (60.0 / np.linalg.norm(foreign, 2))
    found = measure(base, tensor)
    values = np.linalg.svd(tensor, compute_uv=False)[:32] ** 2
    assert found["intruders"] == 1
    assert found["intruder_energy"] == pytest.approx(values[0] / values.sum(), rel=1e-9)


def test_a_direction_that_only_rises_is_no_intruder():
    left, right = orthogonal(200, 3), orthogonal(200, 4)
    values = np.linspace(2, 1, 200)
    risen = values.copy()
    risen[199] = 5.0
    found = measure(left * values @ right.T, left * risen @ right.T)
    assert (found["intruders"], found["intruder_energy"]) == (0, 0.0)


@pytest.mark.parametrize("n", [16, 128, 1024])
def test_the_threshold_is_what_one_random_direction_in_a_hundred_exceeds(n):
    directions = np.random.default_rng(0).standard_normal((n, 4000))
    largest = np.abs(directions / np.linalg.norm(directions, axis=0)).max(axis=0)
    assert (largest > intruder_threshold(n)).mean() == pytest.approx(0.01, abs=0.005)


def test_where_the_update_falls():
    rng = np.random.default_rng(5)
    base = rng.standard_normal((200, 3)) @ rng.standard_normal((3, 120)) + 0.1 * rng.standard_normal((200, 120))
    small = np.abs(base) <= np.quantile(np.abs(base), 0.05)
    found = measure(base, np.where(small, base * 2, base))
    assert found["low_overlap"] == 1.0
    assert found["principal_overlap"] < 0.01
    large = np.abs(base) >= np.quantile(np.abs(base), 0.97)
    found = measure(base, np.where(large, base * 1.01, base))
    assert found["principal_overlap"] > 0.95
    assert found["low_overlap"] == 0.0
    anywhere = rng.random(base.shape) < 0.3
    found = measure(base, np.where(anywhere, base * 1.01, base))
    for mask in ("principal", "low"):
        assert found[f"{mask}_overlap_chance"] == pytest.approx(0.1, abs=0.02)
        assert found[f"{mask}_overlap"] == pytest.approx(found[f"{mask}_overlap_chance"], abs=0.015)
