"""Tensors as matrices that are read piece by piece: the same numbers from any source."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.parameters import matrix_reader
from skillprobe_core.measurements.parameters.matrix_reader import LowRank, Rounded, stored, tall_difference, tall_matrix
from tests.measurements.parameters.conftest import normal


@pytest.mark.parametrize(("shape", "matrix"), [((), (1, 1)), ((7,), (1, 7)), ((4, 6), (4, 6)), ((2, 3, 4), (2, 12))])
def test_a_tensor_of_any_dimensions_is_a_matrix(shape: tuple[int, ...], matrix: tuple[int, int]) -> None:
    assert stored(torch.zeros(shape)).shape == matrix


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float8_e4m3fn])
@pytest.mark.parametrize("shape", [(50, 20), (20, 50), (9,)])
@pytest.mark.parametrize("small", [True, False])
def test_blocks_put_together_are_the_tall_matrix(
    dtype: torch.dtype, shape: tuple[int, ...], small: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_reader, "SMALL", 10**9 if small else 0)
    tensor = normal(*shape).to(dtype)
    flat = tensor.double().numpy().reshape(shape[0] if len(shape) > 1 else 1, -1)
    expected = flat.T if flat.shape[0] < flat.shape[1] else flat
    matrix = tall_matrix(stored(tensor), float(np.abs(flat).max()))
    assert (matrix.rows, matrix.columns) == expected.shape
    pieces = [matrix.read(start, min(start + 7, matrix.rows)).copy() for start in range(0, matrix.rows, 7)]
    np.testing.assert_array_equal(np.vstack(pieces), expected)


@pytest.mark.parametrize("shape", [(30, 18), (18, 30)])
def test_a_low_rank_update_is_read_as_its_sum_and_its_difference_keeps_the_factors(shape: tuple[int, int]) -> None:
    base = stored(normal(*shape))
    first, second = normal(shape[0], 3, seed=1).double(), normal(3, shape[1], seed=2).double()
    adapted = LowRank(base, first, second)
    whole = base.matrix.double() + first @ second
    torch.testing.assert_close(adapted.rows(2, 9), whole[2:9])
    torch.testing.assert_close(adapted.columns(4, 11), whole[:, 4:11])
    largest = float(whole.abs().max())
    difference = tall_difference(base, adapted, largest)
    assert difference.factors is not None
    product = difference.factors[0] @ difference.factors[1]
    np.testing.assert_allclose(difference.read(0, difference.rows), product, atol=1e-12)
    other = tall_difference(stored(normal(*shape, seed=5)), adapted, largest)
    assert other.factors is None, "the update is of another base"


def test_a_rounded_matrix_is_the_cast_one() -> None:
    matrix = torch.randn(7, 9, generator=torch.Generator().manual_seed(0))
    rounded = Rounded(stored(matrix), torch.bfloat16)
    assert rounded.shape == (7, 9)
    assert torch.equal(rounded.rows(2, 6), matrix.bfloat16()[2:6])
    assert torch.equal(rounded.columns(1, 4), matrix.bfloat16()[:, 1:4])


def test_a_difference_is_exact_in_float64() -> None:
    base = normal(40, 10, dtype=torch.bfloat16)
    tensor = (base.double() + 2.0**-20).float()
    difference = tall_difference(stored(base), stored(tensor), 1.0)
    np.testing.assert_array_equal(difference.read(0, 40), tensor.double().numpy() - base.double().numpy())
