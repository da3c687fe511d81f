"""Quantiles of the changes, to the width of a bucket."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.measurements.parameters.conftest import normal

SHARES = {"delta_q50": 0.5, "delta_q90": 0.9, "delta_q99": 0.99, "delta_q999": 0.999}


@pytest.mark.parametrize("scale", [1e-12, 1e-4, 1.0, 1e6])
def test_quantiles_agree_with_numpy_to_a_fifth_of_a_percent(compare: Callable[..., dict], scale: float) -> None:
    base = torch.zeros(300, 200, dtype=torch.float64)
    update = scale * normal(300, 200, dtype=torch.float64)
    found = compare(base, base + update)
    sizes = update.abs().numpy().ravel()
    for name, share in SHARES.items():
        assert found[name] == pytest.approx(np.quantile(sizes, share), rel=2e-3), name
    assert found["delta_max"] == pytest.approx(sizes.max(), rel=1e-7)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 1000), still=st.floats(0, 1), seed=st.integers(0, 1000), scale=st.floats(-30, 30))
def test_small_tensors_have_quantiles_as_accurate_as_large_ones(
    compare: Callable[..., dict], count: int, still: float, seed: int, scale: float
) -> None:
    """From one weight on, with any share of them unchanged, against the order statistics themselves."""
    rng = np.random.default_rng(seed)
    sizes = 10.0**scale * rng.lognormal(sigma=2, size=count) * (rng.random(count) >= still)
    update = torch.from_numpy(sizes * rng.choice([-1, 1], count))
    found = compare(torch.zeros(count, dtype=torch.float64), update)
    for name, share in SHARES.items():
        assert found[name] == pytest.approx(np.quantile(sizes, share), rel=2e-3), name
        assert found[name] <= found["delta_max"]


def test_quantiles_rise_and_end_at_the_maximum(compare: Callable[..., dict]) -> None:
    found = compare(normal(100, 100), normal(100, 100) + 0.01 * normal(100, 100, seed=4) ** 5)
    values = [found[name] for name in (*SHARES, "delta_max")]
    assert values == sorted(values)


def test_where_most_weights_stood_still_the_median_is_zero(compare: Callable[..., dict]) -> None:
    base = normal(100, 100)
    changed = base.clone()
    changed[:, :5] += 0.5
    found = compare(base, changed)
    assert (found["delta_q50"], found["delta_q90"]) == (0.0, 0.0)
    assert found["delta_q99"] == pytest.approx(0.5, rel=2e-3)


def test_one_weight_has_one_quantile(compare: Callable[..., dict]) -> None:
    found = compare(torch.tensor([1.0]), torch.tensor([1.25]))
    assert all(found[name] == pytest.approx(0.25, rel=2e-3) for name in SHARES)
