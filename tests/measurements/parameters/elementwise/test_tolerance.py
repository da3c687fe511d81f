"""Shares of weights within an absolute tolerance."""

from collections.abc import Callable

import pytest
import torch

from skillprobe_core.measurements.parameters.elementwise.tolerance import EXPONENTS
from tests.measurements.parameters.conftest import normal


def test_each_tolerance_counts_the_changes_up_to_it(compare: Callable[..., dict]) -> None:
    sizes = 10.0 ** -torch.arange(2.5, 9.5, 1.0, dtype=torch.float64)  # one in each gap, and one beyond each end
    base = normal(7, 30, dtype=torch.float64)
    found = compare(base, base + sizes[:, None])
    for place, exponent in enumerate(sorted(EXPONENTS)):
        within = (sizes <= 10.0**-exponent).double().mean().item()
        assert found[f"within_1e_{exponent}"] == pytest.approx(within), exponent
        assert within == pytest.approx((6 - place) / 7)


def test_a_larger_tolerance_holds_more(compare: Callable[..., dict]) -> None:
    found = compare(normal(100, 100), normal(100, 100) + 1e-5 * normal(100, 100, seed=1))
    shares = [found[f"within_1e_{exponent}"] for exponent in sorted(EXPONENTS)]
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[2] < 1


def test_unchanged_weights_are_within_every_tolerance(compare: Callable[..., dict]) -> None:
    found = compare(normal(10, 10), normal(10, 10))
    assert {found[f"within_1e_{exponent}"] for exponent in EXPONENTS} == {1.0}
