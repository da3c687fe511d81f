"""Distributions of weights and updates, against SciPy."""

from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats
import torch

from tests.measurements.parameters.conftest import normal


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("centre", [0.0, 1.0, -40.0])
def test_mean_spread_and_tails_agree_with_scipy(
    compare: Callable[..., dict], dtype: torch.dtype, centre: float
) -> None:
    base = (centre + 0.1 * normal(200, 60, dtype=torch.float64)).to(dtype)
    tensor = (base.double() + 0.01 * normal(200, 60, seed=1, dtype=torch.float64) ** 3).to(dtype)
    found = compare(base, tensor)
    w0, w = base.double().numpy().ravel(), tensor.double().numpy().ravel()
    for side, values in (("base_", w0), ("", w), ("delta_", w - w0)):
        assert found[f"{side}mean"] == pytest.approx(values.mean(), rel=1e-9, abs=1e-12)
        assert found[f"{side}std"] == pytest.approx(values.std(), rel=1e-9)
        assert found[f"{side}kurtosis"] == pytest.approx(scipy.stats.kurtosis(values), rel=1e-6, abs=1e-9)


def test_what_is_constant_has_no_tails(compare: Callable[..., dict]) -> None:
    base = torch.full((20, 10), 0.3)
    found = compare(base, base + 0.1 * normal(20, 10))
    assert (found["base_std"], found["base_kurtosis"]) == (0.0, None)
    assert found["kurtosis"] is not None
    still = compare(base, base.clone())
    assert (still["delta_mean"], still["delta_std"], still["delta_kurtosis"]) == (0.0, 0.0, None)


def test_few_weights_that_carry_the_update_have_heavy_tails(compare: Callable[..., dict]) -> None:
    base, scattered = normal(100, 100), np.random.default_rng(0).random((100, 100)) < 0.001
    sparse = base + torch.tensor(scattered) * 1.0
    assert compare(base, sparse)["delta_kurtosis"] > 100
    assert abs(compare(base, base + 0.1 * normal(100, 100, seed=3))["delta_kurtosis"]) < 0.3
