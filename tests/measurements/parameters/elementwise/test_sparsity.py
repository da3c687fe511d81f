"""Shares of weights that an update leaves unchanged."""

from collections.abc import Callable

import torch

from tests.measurements.parameters.conftest import normal


def test_the_storage_type_makes_sparsity(compare):
    base = normal(200, 100, dtype=torch.bfloat16).float()
    update = 1e-4 * normal(200, 100, seed=1)
    in_float32 = compare(base, base + update)
    in_bf16 = compare(base.bfloat16(), (base + update).bfloat16())
    assert in_bf16["sparsity_relative"] == in_bf16["sparsity_bf16"] > 0.95
    assert in_float32["delta_norm"] > 0
    assert in_float32["sparsity_relative"] < in_bf16["sparsity_relative"]


def test_every_float32_is_rounded_to_bf16_as_torch_does(compare):
    generator = torch.Generator().manual_seed(0)
    bits = torch.randint(-(2**31), 2**31 - 1, (1, 200_000), generator=generator, dtype=torch.int32)
    values = bits.view(torch.float32)
    values = torch.where(values.isfinite() & (values.abs() < 1e38), values, 1.0)
    found = compare(values, values.bfloat16().float())
    assert found["sparsity_bf16"] == 1.0


def test_each_definition_counts_its_own_share(compare: Callable[..., dict]) -> None:
    base = 1 + normal(100, 50).abs()
    places = torch.arange(5000).reshape(100, 50)
    size = torch.tensor([0.0, 1e-6, 5e-4, 0.05, 0.5])[places % 5]  # unchanged, below bf16, below 1e-3, above both
    found = compare(base, base * (1 + size))
    assert found["sparsity_exact"] == 0.2
    assert found["sparsity_relative"] == 0.6
    bits = [side.bfloat16().view(torch.int16) for side in (base, base * (1 + size))]
    assert found["sparsity_bf16"] == (bits[0] == bits[1]).double().mean().item()
    assert 0.4 <= found["sparsity_bf16"] < 0.6


def test_an_update_of_a_zero_weight_counts(compare: Callable[..., dict]) -> None:
    base = torch.zeros(10, 10)
    changed = base.clone()
    changed[0] = 1e-30
    assert compare(base, changed)["sparsity_relative"] == 0.9
