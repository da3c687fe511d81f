"""Blocks of a tensor: the masks that families share, and totals that do not depend on the cut."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.elementwise.block import (
    RELATIVE_TOLERANCE,
    add_up,
    bf16_bits,
    make_block,
    ratio,
)
from tests.measurements.parameters.conftest import normal

ZERO = torch.zeros((), dtype=torch.float64)


@settings(max_examples=60)
@given(st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=1, max_size=30))
def test_bits_are_equal_where_bf16_values_are(values: list[float]) -> None:
    tensor = torch.tensor(values, dtype=torch.float32)
    rounded = tensor.bfloat16()
    assert torch.equal(bf16_bits(tensor), bf16_bits(rounded.float()))
    other = torch.tensor(values[::-1], dtype=torch.float32)
    same = rounded.view(torch.int16) == other.bfloat16().view(torch.int16)
    assert torch.equal(bf16_bits(tensor) == bf16_bits(other), same)


def test_a_weight_is_updated_if_it_moved_by_more_than_its_share() -> None:
    base = torch.tensor([[1.0, -2.0, 0.0, 0.0]], dtype=torch.float64)
    for factor, updated in ((0.99, False), (1.01, True)):
        tensor = base * (1 + factor * RELATIVE_TOLERANCE)
        mask = make_block(base, tensor, ZERO, ZERO).updated
        assert mask.tolist() == [[updated, updated, False, False]]
    assert make_block(base, base + 1e-300, ZERO, ZERO).updated.tolist() == [[False, False, True, True]]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(0, 50))
def test_totals_of_blocks_are_those_of_the_whole(heights: list[int], seed: int) -> None:
    whole = normal(sum(heights), 4, seed=seed, dtype=torch.float64)

    def partial(block: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"sum": block.sum(), "max_x": block.max(), "row_x": block.sum(dim=1), "column_x": block.sum(dim=0)}

    totals: dict[str, np.ndarray] = {}
    for block in whole.split(heights):
        add_up(totals, partial(block))
    for name, value in partial(whole).items():
        np.testing.assert_allclose(totals[name], value.numpy(), atol=1e-12, err_msg=name)


@pytest.mark.parametrize(
    ("numerator", "denominator", "quotient"), [(1.0, 4.0, 0.25), (1.0, 0.0, None), (0.0, 2.0, 0.0)]
)
def test_a_quotient_by_zero_is_undefined(numerator: float, denominator: float, quotient: float | None) -> None:
    assert ratio(numerator, denominator) == quotient
