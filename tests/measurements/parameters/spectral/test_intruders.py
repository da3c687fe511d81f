"""Intruders: leading directions that the base does not have."""

import numpy as np
import pytest

from skillprobe_core.measurements.parameters.spectral.intruders import intruder_threshold
from tests.measurements.parameters.spectral.conftest import measure, orthogonal

SHAPES = pytest.mark.parametrize("shape", [(300, 256), (256, 300), (256, 256)])


def by_all_vectors(base: np.ndarray, tensor: np.ndarray, k: int) -> dict[str, tuple[int, float]]:
    """Intruders of both sides by the definition, on complete decompositions."""
    (u0, _, v0), (u, values, v) = (np.linalg.svd(each, full_matrices=False) for each in (base, tensor))
    energy = values[:k] ** 2
    found = {}
    for side, before, now in (("", u0, u), ("right_", v0.T, v.T)):
        threshold = intruder_threshold(before.shape[1], before.shape[0])
        new = np.abs(before.T @ now[:, :k]).max(axis=0) < threshold
        found[side] = (int(new.sum()), float(energy[new].sum() / energy.sum()))
    return found


@SHAPES
def test_an_intruder_is_found_with_its_energy(shape):
    rng = np.random.default_rng(1)
    base = rng.standard_normal(shape)
    still = measure(base, base + 1e-3 * rng.standard_normal(shape))
    assert (still["intruders"], still["right_intruders"]) == (0, 0)
    foreign = np.outer(rng.standard_normal(shape[0]), rng.standard_normal(shape[1]))
    tensor = base + foreign * (60.0 / np.linalg.norm(foreign, 2))
    found = measure(base, tensor)
    for side, (number, energy) in by_all_vectors(base, tensor, 32).items():
        assert number >= 1
        assert found[f"{side}intruders"] == number
        assert found[f"{side}intruder_energy"] == pytest.approx(energy, rel=1e-9)


@SHAPES
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_foreign_direction_of_one_side_is_found_on_that_side_alone(shape, side):
    """The base misses a direction on one side; the update puts energy there, from a direction that the base has."""
    n = min(shape)
    left, right = orthogonal(shape[0], 1), orthogonal(shape[1], 2)
    core = np.zeros(shape)
    np.fill_diagonal(core, np.linspace(2, 1, n))
    base = left @ core @ right.T
    rng = np.random.default_rng(5)
    foreign = {"left": rng.standard_normal(shape[0]), "right": rng.standard_normal(shape[1])}[side]
    foreign /= np.linalg.norm(foreign)
    # The smallest of the base's directions on the other side, so that the leading ones stay as they are.
    pair = (foreign, right[:, n - 1]) if side == "left" else (left[:, n - 1], foreign)
    tensor = base + 40.0 * np.outer(*pair)
    found, wanted = measure(base, tensor), by_all_vectors(base, tensor, 32)
    assert {"": found["intruders"], "right_": found["right_intruders"]} == {
        prefix: number for prefix, (number, _) in wanted.items()
    }
    assert (found["intruders"] > 0) == (side == "left")
    assert (found["right_intruders"] > 0) == (side == "right")


def test_a_direction_that_only_rises_is_no_intruder():
    left, right = orthogonal(200, 3), orthogonal(200, 4)
    values = np.linspace(2, 1, 200)
    risen = values.copy()
    risen[199] = 5.0
    found = measure(left * values @ right.T, left * risen @ right.T)
    assert (found["intruders"], found["intruder_energy"]) == (0, 0.0)
    assert (found["right_intruders"], found["right_intruder_energy"]) == (0, 0.0)


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_the_count_does_not_depend_on_the_scale(scale):
    rng = np.random.default_rng(2)
    base, noise = rng.standard_normal((90, 64)), rng.standard_normal((90, 64))
    found = measure(scale * base, scale * (base + 0.4 * noise))
    wanted = by_all_vectors(base, base + 0.4 * noise, 16)
    assert (found["intruders"], found["right_intruders"]) == (wanted[""][0], wanted["right_"][0])


def test_a_base_of_low_rank_lacks_directions_on_both_sides():
    rng = np.random.default_rng(3)
    base = rng.standard_normal((80, 8)) @ rng.standard_normal((8, 64))
    tensor = base + 3 * np.outer(rng.standard_normal(80), rng.standard_normal(64))
    found = measure(base, tensor)
    assert found["intruders"] >= 1
    assert 0 <= found["right_intruder_energy"] <= 1


@pytest.mark.parametrize(("directions", "n"), [(16, 16), (128, 128), (1024, 1024), (64, 256)])
def test_the_threshold_is_what_one_random_direction_in_a_hundred_exceeds(directions, n):
    drawn = np.random.default_rng(0).standard_normal((n, 4000))
    largest = np.abs(drawn / np.linalg.norm(drawn, axis=0))[:directions].max(axis=0)
    assert (largest > intruder_threshold(directions, n)).mean() == pytest.approx(0.01, abs=0.005)


def test_a_single_column_has_no_other_direction() -> None:
    base = np.arange(1.0, 6.0)[:, None]
    found = measure(base, 2 * base)
    assert (found["right_intruder_threshold"], found["right_intruders"]) == (1.0, 0)
    assert found["intruders"] == 0


def test_a_zero_base_has_no_directions_to_miss() -> None:
    found = measure(np.zeros((20, 10)), np.random.default_rng(0).standard_normal((20, 10)))
    assert (found["intruders"], found["intruder_energy"]) == (None, None)
    assert 0 < found["intruder_threshold"] < 1
