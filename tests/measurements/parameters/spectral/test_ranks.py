"""Three definitions of a rank."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.spectral.ranks import effective_rank, numerical_rank, stable_rank
from tests.measurements.parameters.conftest import normal


def test_a_planted_rank_and_sparsity_are_found(compare):
    base = normal(60, 48)
    low_rank = normal(60, 5, seed=1) @ normal(5, 48, seed=2)
    assert compare(base, base + 0.01 * low_rank)["delta_rank"] == 5
    assert compare(base.double(), base.double() + low_rank.double())["delta_rank"] == 5
    assert compare(base.bfloat16(), (base + 0.01 * low_rank).bfloat16())["delta_rank"] == 48  # rounding fills it up
    mask = torch.rand(60, 48, generator=torch.Generator().manual_seed(3)) < 0.2
    found = compare(base, torch.where(mask, base * 1.5, base))
    assert found["sparsity_relative"] == found["sparsity_bf16"] == 1 - mask.double().mean().item()


def test_rank_deficient_and_repeated_singular_values(compare):
    orthogonal = torch.linalg.qr(normal(50, 50, dtype=torch.float64))[0]
    found = compare(orthogonal, 2 * orthogonal)
    assert found["spectral_norm"] == pytest.approx(2.0, rel=1e-12)
    assert found["delta_stable_rank"] == pytest.approx(50, rel=1e-12)
    assert found["spectral_drift"] == pytest.approx(1.0, rel=1e-12)
    deficient = normal(40, 3, seed=1, dtype=torch.float64) @ normal(3, 30, seed=2, dtype=torch.float64)
    found = compare(torch.ones(40, 30, dtype=torch.float64), torch.ones(40, 30, dtype=torch.float64) + deficient)
    assert found["delta_rank"] == 3


@settings(max_examples=60)
@given(st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=30))
def test_each_rank_lies_between_one_and_the_number_of_values(values: list[float]) -> None:
    spectrum = np.sort(np.array(values))[::-1]
    stable, effective = stable_rank(spectrum), effective_rank(spectrum)
    assert stable is not None
    assert effective is not None
    assert 1 - 1e-9 <= stable <= len(values) + 1e-9
    assert 1 - 1e-9 <= effective <= len(values) + 1e-9
    assert numerical_rank(spectrum, len(values)) <= len(values)


@pytest.mark.parametrize("count", [1, 7, 100])
def test_equal_values_count_fully_and_scale_does_not_matter(count: int) -> None:
    for scale in (1e-200, 1.0, 1e200):
        values = np.full(count, scale)
        assert stable_rank(values) == pytest.approx(count)
        assert effective_rank(values) == pytest.approx(count)


def test_a_zero_matrix_has_rank_zero_and_no_others() -> None:
    values = np.zeros(5)
    assert (stable_rank(values), effective_rank(values), numerical_rank(values, 9)) == (None, None, 0)


def test_the_numerical_rank_is_that_of_a_float32_matrix() -> None:
    values = np.array([1.0, 1e-3, 300 * 2.0**-23 * 1.01, 300 * 2.0**-23 * 0.99, 0.0])
    assert numerical_rank(values, 300) == 3
