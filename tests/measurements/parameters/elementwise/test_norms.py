"""Norm of an update relative to the weights, and the angle by which it turns them."""

import math
from collections.abc import Callable

import pytest
import torch

from tests.measurements.parameters.conftest import normal


def test_a_cosine_near_one_keeps_its_digits(compare):
    base = normal(64, 64, dtype=torch.float64)
    sideways = normal(64, 64, seed=1, dtype=torch.float64)
    sideways -= base * (sideways * base).sum() / (base * base).sum()
    angle = 1e-7
    found = compare(base, base + sideways * (math.tan(angle) * base.norm() / sideways.norm()))
    assert found["cosine_distance"] == pytest.approx(1 - math.cos(angle), rel=1e-2)
    assert found["cosine_distance"] == pytest.approx(angle**2 / 2, rel=1e-6)


@pytest.mark.parametrize("shape", [(30, 20), (7,), (3, 4, 5)])
def test_norms_and_angle_are_those_of_the_flat_weights(compare: Callable[..., dict], shape: tuple[int, ...]) -> None:
    base, update = normal(*shape), 0.1 * normal(*shape, seed=1)
    found = compare(base, base + update)
    w0, w = base.double().flatten(), (base + update).double().flatten()
    assert found["base_norm"] == pytest.approx(w0.norm().item(), rel=1e-12)
    assert found["norm"] == pytest.approx(w.norm().item(), rel=1e-12)
    assert found["relative_norm"] == pytest.approx(((w - w0).norm() / w0.norm()).item(), rel=1e-12)
    assert found["cosine"] == pytest.approx((w @ w0 / w.norm() / w0.norm()).item(), rel=1e-12)


def test_opposite_weights_have_a_cosine_of_minus_one(compare: Callable[..., dict]) -> None:
    found = compare(normal(20, 10), -normal(20, 10))
    assert found["cosine"] == pytest.approx(-1.0)
    assert found["relative_norm"] == pytest.approx(2.0)


def test_a_zero_side_has_no_angle(compare: Callable[..., dict]) -> None:
    from_zero, to_zero = compare(torch.zeros(4, 4), normal(4, 4)), compare(normal(4, 4), torch.zeros(4, 4))
    assert (from_zero["relative_norm"], from_zero["cosine"], from_zero["cosine_distance"]) == (None, None, None)
    assert (to_zero["relative_norm"], to_zero["cosine"]) == (pytest.approx(1.0), None)
