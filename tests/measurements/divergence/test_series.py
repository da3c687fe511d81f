"""Taylor series where closed forms cancel: the same function on both sides, at full precision."""

import numpy as np
import pytest
import torch

from skillprobe_core.measurements.divergence.series import FALL, MIX, RISE, SERIES_BELOW, series


def falling(x: np.ndarray) -> np.ndarray:
    return x + np.expm1(-x)


def rising(x: np.ndarray) -> np.ndarray:
    return -np.expm1(-x) - x * np.exp(-x)


def mixed(x: np.ndarray) -> np.ndarray:
    """The term of the Jensen-Shannon divergence for probabilities 1 and exp(-x), halved."""
    q = np.exp(-x)
    m = (1 + q) / 2
    return (-np.log(m) + q * (-x - np.log(m))) / 2


@pytest.mark.parametrize(("coefficients", "exact"), [(FALL, falling), (RISE, rising), (MIX, mixed)])
def test_the_series_is_the_function_below_its_limit(coefficients, exact) -> None:
    x = np.concatenate([np.linspace(0.02, SERIES_BELOW, 200, endpoint=False)])
    expected = exact(x.astype(np.longdouble)).astype(np.float64)
    found = series(torch.tensor(x), coefficients, torch.zeros(len(x), dtype=torch.float64)).numpy()
    np.testing.assert_allclose(found, expected, rtol=3e-6)


def test_above_the_limit_the_closed_form_is_used_and_zero_is_zero() -> None:
    x = torch.tensor([0.0, 1e-30, SERIES_BELOW, 3.0], dtype=torch.float64)
    found = series(x, FALL, torch.full((4,), 7.0, dtype=torch.float64))
    assert found[0] == 0
    assert found[2:].tolist() == [7.0, 7.0]


def test_the_input_is_left_as_it_was() -> None:
    x = torch.tensor([0.1, 0.2])
    series(x, RISE, torch.zeros(2))
    assert x.tolist() == pytest.approx([0.1, 0.2])
