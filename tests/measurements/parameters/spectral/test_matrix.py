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
from tests.measurements.parameters.spectral.adversarial import ADVERSARIAL
from tests.measurements.parameters.spectral.conftest import tall as matrix


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
