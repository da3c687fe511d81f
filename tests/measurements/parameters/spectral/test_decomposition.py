from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.spectral.decomposition import GramEigen, decompose, eigen_of, products
from skillprobe_core.measurements.parameters.spectral.matrix import Matrix
from tests.cuda_device import NO_GPU, nearly_full
from tests.measurements.parameters.spectral.adversarial import ADVERSARIAL, orthogonal, with_values
from tests.measurements.parameters.spectral.conftest import tall as matrix


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_against_lapacks_svd(name):
    values = ADVERSARIAL[name]
    expected = np.linalg.svd(values, compute_uv=False)
    found = decompose(matrix(values), 0).values
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * expected[0])
    assert (np.diff(found) <= 1e-13 * found[0]).all()
    fast = decompose(matrix(values), 0, exact=False).values
    np.testing.assert_allclose(fast, expected, rtol=0, atol=1e-7 * expected[0])


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 60),
    columns=st.integers(1, 60),
    decades=st.floats(0, 15),
    seed=st.integers(0, 2**31),
    exponent=st.integers(-120, 120),
)
def test_singular_values_of_any_matrix_agree_with_numpy(rows, columns, decades, seed, exponent):
    n = min(rows, columns)
    values = with_values(max(rows, columns), np.logspace(0, -decades, n), seed) * 10.0**exponent
    values = values.T if columns > rows else values
    expected = np.linalg.svd(values, compute_uv=False)
    found = decompose(matrix(values), 0).values
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * expected[0])


def test_a_zero_matrix_has_singular_values_of_zero():
    found = decompose(matrix(np.zeros((6, 4))), 2)
    assert found.values.tolist() == [0.0] * 4
    assert found.right.shape == (4, 2)


@pytest.mark.parametrize("name", ["plain", "wide", "square", "few small ones"])
def test_leading_vectors_agree_with_numpy(name):
    values = ADVERSARIAL[name]
    found = decompose(matrix(values), 7)
    tall = values.T if found.matrix.transposed else values
    left = found.left(7)(0, len(tall))
    np.testing.assert_allclose(found.right.T @ found.right, np.eye(7), atol=1e-12)
    np.testing.assert_allclose(left.T @ left, np.eye(7), atol=1e-12)
    u, s, vt = np.linalg.svd(tall, full_matrices=False)
    np.testing.assert_allclose(np.abs(np.diag(u[:, :7].T @ left)), 1.0, atol=1e-9)
    np.testing.assert_allclose(np.abs(np.diag(vt[:7] @ found.right)), 1.0, atol=1e-9)
    np.testing.assert_allclose(
        tall @ found.right, u[:, :7] * np.sign(np.diag(u[:, :7].T @ (tall @ found.right))) * s[:7], atol=1e-9
    )


def test_cosines_with_every_eigenvector():
    values = ADVERSARIAL["plain"]
    vectors = orthogonal(200, 3, 9)
    _, _, vt = np.linalg.svd(values, full_matrices=False)
    found = GramEigen(matrix(values)).cosines(vectors)
    np.testing.assert_allclose(np.abs(found[::-1]), np.abs(vt @ vectors), atol=1e-9)


def test_a_product_of_thin_factors():
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal((90, 4)), rng.standard_normal((4, 50))
    whole = first @ second
    plain = matrix(whole)
    thin = Matrix(90, 50, plain.read, plain.largest, False, (first, second))
    np.testing.assert_allclose(decompose(thin, 3).values, np.linalg.svd(whole, compute_uv=False), atol=1e-12 * 50)
    leading = np.linalg.svd(whole)[2][:3]
    np.testing.assert_allclose(np.abs(np.diag(leading @ decompose(thin, 3).right)), 1.0, atol=1e-12)


def test_blocks_do_not_change_the_result(monkeypatch):
    values = ADVERSARIAL["ill-conditioned"]
    whole = decompose(matrix(values), 4)
    monkeypatch.setattr("skillprobe_core.measurements.parameters.spectral.matrix.BLOCK_ELEMENTS", 1000)
    monkeypatch.setattr("skillprobe_core.measurements.parameters.spectral.matrix.SMALL", 0)
    pieces = decompose(matrix(values), 4)
    np.testing.assert_allclose(pieces.values, whole.values, rtol=0, atol=1e-13)
    np.testing.assert_allclose(np.abs(np.diag(pieces.right.T @ whole.right)), 1.0, atol=1e-12)


@pytest.mark.gpu
@NO_GPU
def test_a_gram_matrix_that_does_not_fit_on_a_gpu_is_decomposed_by_lapack():
    values = np.random.default_rng(0).standard_normal((1500, 1200))
    here = matrix(values)
    with nearly_full(4 << 20) as device, eigen_of(replace(here, device=str(device))) as eigen:
        assert isinstance(eigen, GramEigen)
        found = eigen.values
    np.testing.assert_allclose(found, np.linalg.svd(values, compute_uv=False), rtol=1e-9)


@pytest.mark.gpu
@NO_GPU
def test_products_that_do_not_fit_on_a_gpu_take_fewer_rows_at_a_time():
    values = np.random.default_rng(1).standard_normal((40_000, 60))
    vectors = np.random.default_rng(2).standard_normal((60, 8))
    with nearly_full(12 << 20) as device:
        found = np.concatenate(list(products(replace(matrix(values), device=str(device)), vectors)))
    np.testing.assert_allclose(found, values @ vectors / matrix(values).scale, rtol=1e-9, atol=1e-12)
