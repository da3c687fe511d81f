"""Tall matrices in blocks, and products over all their rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.spectral.matrix import (
    Matrix,
    gram,
    slices,
    square_form,
    stacked_factor,
)


def matrix(values: np.ndarray) -> Matrix:
    transposed = values.shape[0] < values.shape[1]
    tall = values.T if transposed else values
    largest = float(np.abs(values).max())
    return Matrix(*tall.shape, lambda start, stop: np.array(tall[start:stop]), largest, transposed)


def orthogonal(n: int, k: int, seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((n, k)))[0]


def with_values(rows: int, values: np.ndarray, seed: int = 0) -> np.ndarray:
    return orthogonal(rows, len(values), seed) * values @ orthogonal(len(values), len(values), seed + 1).T


ADVERSARIAL = {
    "plain": np.random.default_rng(0).standard_normal((300, 200)),
    "wide": np.random.default_rng(0).standard_normal((60, 700)),
    "square": np.random.default_rng(0).standard_normal((150, 150)),
    "one row": np.random.default_rng(0).standard_normal((1, 50)),
    "one column": np.random.default_rng(0).standard_normal((50, 1)),
    "one element": np.array([[-3.0]]),
    "rank 3 of 90": with_values(120, np.array([5.0, 2.0, 1.0] + [0.0] * 87)),
    "one missing rank": with_values(120, np.append(np.linspace(3, 1, 89), 0.0)),
    "repeated": with_values(100, np.repeat([4.0, 2.0, 1.0], 30)),
    "identity": np.eye(64),
    "ill-conditioned": with_values(130, np.logspace(0, -14, 120)),
    "few small ones": with_values(130, np.append(np.linspace(2, 1, 100), np.logspace(-4, -13, 20))),
    "near the floor": with_values(130, np.append(np.linspace(1, 0.5, 80), np.linspace(2.1e-3, 1.9e-3, 40))),
    "tiny": 1e-150 * np.random.default_rng(0).standard_normal((80, 70)),
    "huge": 1e150 * np.random.default_rng(0).standard_normal((80, 70)),
    "all equal": np.ones((70, 50)),
    "zero row and column": np.pad(np.random.default_rng(0).standard_normal((60, 40)), 1),
}


@pytest.mark.parametrize("name", ["plain", "wide", "one row"])
@pytest.mark.parametrize("block", [700, 10_000])
def test_the_gram_matrix_in_blocks(name, block, monkeypatch):
    values = ADVERSARIAL[name]
    monkeypatch.setattr("skillprobe_core.measurements.parameters.spectral.matrix.BLOCK_ELEMENTS", block)
    monkeypatch.setattr("skillprobe_core.measurements.parameters.spectral.matrix.SMALL", 0)
    found = gram(matrix(values))
    tall = values.T if values.shape[0] < values.shape[1] else values
    np.testing.assert_allclose(np.triu(found), np.triu(tall.T @ tall), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("largest", "scale"), [(0.0, 1.0), (1.0, 1.0), (1e-15, 1.0), (3e-150, 2.0**-497), (2.0**600, 2.0**600)]
)
def test_only_extreme_elements_are_scaled_and_by_a_power_of_two(largest: float, scale: float) -> None:
    assert Matrix(1, 1, lambda start, stop: np.full((1, 1), largest), largest, False).scale == scale


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 100))
def test_the_stacked_factor_has_the_products_of_all_rows(rows: int, columns: int, seed: int) -> None:
    rows = max(rows, columns)
    values = np.random.default_rng(seed).standard_normal((rows, columns))
    cuts = sorted({0, rows, seed % rows, (7 * seed) % rows})
    blocks = [values[start:stop].copy() for start, stop in pairwise(cuts)]
    factor = np.triu(stacked_factor(blocks))
    np.testing.assert_allclose(factor.T @ factor, values.T @ values, atol=1e-10)


@pytest.mark.parametrize("shape", [(40, 12), (12, 12)])
def test_a_square_form_has_the_singular_values_of_the_matrix(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).standard_normal(shape)
    form = square_form(matrix(values))
    assert form.shape == (12, 12)
    form = form if shape[0] == shape[1] else np.triu(form)
    np.testing.assert_allclose(
        np.linalg.svd(form, compute_uv=False), np.linalg.svd(values, compute_uv=False), rtol=1e-10
    )


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (10_000, 64), (3, 10**6)])
def test_slices_cover_all_rows_once(rows: int, columns: int) -> None:
    covered = [row for start, stop in slices(rows, columns) for row in range(start, stop)]
    assert covered == list(range(rows))
