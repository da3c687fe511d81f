"""Intruders: leading directions that the base does not have."""

import numpy as np
import pytest

from skillprobe_core.measurements.parameters.spectral.intruders import intruder_threshold
from tests.measurements.parameters.spectral.conftest import measure, orthogonal


def test_an_intruder_is_found_with_its_energy():
    rng = np.random.default_rng(1)
    n = 256
    base = rng.standard_normal((300, n))
    assert measure(base, base + 1e-3 * rng.standard_normal((300, n)))["intruders"] == 0
    foreign = np.outer(rng.standard_normal(300), rng.standard_normal(n))
    tensor = base + foreign * (60.0 / np.linalg.norm(foreign, 2))
    found = measure(base, tensor)
    values = np.linalg.svd(tensor, compute_uv=False)[:32] ** 2
    assert found["intruders"] == 1
    assert found["intruder_energy"] == pytest.approx(values[0] / values.sum(), rel=1e-9)


def test_a_direction_that_only_rises_is_no_intruder():
    left, right = orthogonal(200, 3), orthogonal(200, 4)
    values = np.linspace(2, 1, 200)
    risen = values.copy()
    risen[199] = 5.0
    found = measure(left * values @ right.T, left * risen @ right.T)
    assert (found["intruders"], found["intruder_energy"]) == (0, 0.0)


@pytest.mark.parametrize("n", [16, 128, 1024])
def test_the_threshold_is_what_one_random_direction_in_a_hundred_exceeds(n):
    directions = np.random.default_rng(0).standard_normal((n, 4000))
    largest = np.abs(directions / np.linalg.norm(directions, axis=0)).max(axis=0)
    assert (largest > intruder_threshold(n)).mean() == pytest.approx(0.01, abs=0.005)


def test_a_single_column_has_no_other_direction() -> None:
    base = np.arange(1.0, 6.0)[:, None]
    found = measure(base, 2 * base)
    assert (found["intruder_threshold"], found["intruders"]) == (1.0, 0)


def test_a_zero_base_has_no_directions_to_miss() -> None:
    found = measure(np.zeros((20, 10)), np.random.default_rng(0).standard_normal((20, 10)))
    assert (found["intruders"], found["intruder_energy"]) == (None, None)
    assert 0 < found["intruder_threshold"] < 1
