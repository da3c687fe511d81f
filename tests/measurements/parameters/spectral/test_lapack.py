"""Eigenvalues of tridiagonal matrices, against a dense solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.spectral import lapack

RNG = np.random.default_rng(0)
ADVERSARIAL = {
    "one": (np.array([-3.0]), np.zeros(0)),
    "two": (np.array([1.0, 2.0]), np.array([0.5])),
    "noise": (RNG.standard_normal(300), RNG.standard_normal(299)),
    "odd size": (RNG.standard_normal(21), RNG.standard_normal(20)),
    "no entry beside the diagonal": (RNG.standard_normal(60), np.zeros(59)),
    "zeros on the diagonal": (np.zeros(101), np.ones(100)),
    "all equal": (np.ones(90), np.zeros(89)),
    "glued Wilkinson": (
        np.tile(np.abs(np.arange(-10.0, 11.0)), 12),
        np.where(np.arange(1, 252) % 21 == 0, 1e-9, 1.0),
    ),
    "graded down": (np.logspace(0, -14, 120), np.logspace(-0.5, -14, 119)),
    "graded up": (np.logspace(-14, 0, 120), np.logspace(-14, -0.5, 119)),
    "falls apart": (RNG.standard_normal(150), np.where(RNG.random(149) < 0.1, 0.0, RNG.standard_normal(149))),
    "half of it zero": tuple(np.append(RNG.standard_normal(n), np.zeros(80)) for n in (80, 79)),
    "huge": (1e60 * RNG.standard_normal(100), 1e60 * RNG.standard_normal(99)),
    "tiny": (1e-60 * RNG.standard_normal(100), 1e-60 * RNG.standard_normal(99)),
}


def dense(diagonal: np.ndarray, beside: np.ndarray) -> np.ndarray:
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_against_a_dense_solver(name):
    diagonal, beside = ADVERSARIAL[name]
    expected = np.linalg.eigvalsh(dense(diagonal, beside))
    before = diagonal.copy(), beside.copy()
    found = lapack.tridiagonal_values(diagonal, beside)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-14 * len(diagonal) ** 0.5 * np.abs(expected).max())
    assert (np.diff(found) >= 0).all()
    assert all(np.array_equal(*pair) for pair in zip((diagonal, beside), before, strict=True))


@settings(max_examples=80, deadline=None)
@given(n=st.integers(1, 130), seed=st.integers(0, 2**31), decades=st.floats(0, 12))
def test_eigenvalues_of_any_tridiagonal_matrix_agree_with_numpy(n, seed, decades):
    rng = np.random.default_rng(seed)
    diagonal = rng.standard_normal(n) * 10.0 ** -rng.uniform(0, decades, n)
    beside = rng.standard_normal(n - 1) * 10.0 ** -rng.uniform(0, decades, n - 1)
    expected = np.linalg.eigvalsh(dense(diagonal, beside))
    found = lapack.tridiagonal_values(diagonal, beside)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * np.abs(expected).max())
