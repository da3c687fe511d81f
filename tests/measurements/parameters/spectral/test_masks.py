"""Where an update falls: on the weights of the leading directions, or on the small ones."""

import numpy as np
import pytest

from tests.measurements.parameters.spectral.conftest import measure


def test_where_the_update_falls():
    rng = np.random.default_rng(5)
    base = rng.standard_normal((200, 3)) @ rng.standard_normal((3, 120)) + 0.1 * rng.standard_normal((200, 120))
    small = np.abs(base) <= np.quantile(np.abs(base), 0.05)
    found = measure(base, np.where(small, base * 2, base))
    assert found["low_overlap"] == 1.0
    assert found["principal_overlap"] < 0.01
    large = np.abs(base) >= np.quantile(np.abs(base), 0.97)
    found = measure(base, np.where(large, base * 1.01, base))
    assert found["principal_overlap"] > 0.95
    assert found["low_overlap"] == 0.0
    anywhere = rng.random(base.shape) < 0.3
    found = measure(base, np.where(anywhere, base * 1.01, base))
    for mask in ("principal", "low"):
        assert found[f"{mask}_overlap_chance"] == pytest.approx(0.1, abs=0.02)
        assert found[f"{mask}_overlap"] == pytest.approx(found[f"{mask}_overlap_chance"], abs=0.015)


@pytest.mark.parametrize("shape", [(150, 90), (90, 150)])
def test_updates_at_random_places_overlap_as_chance_has_it(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    base = rng.standard_normal(shape)
    found = measure(base, np.where(rng.random(shape) < 0.4, base * 1.1, base))
    for mask in ("principal", "low"):
        assert found[f"{mask}_overlap_chance"] == pytest.approx(0.1, abs=0.03)
        assert found[f"{mask}_overlap"] == pytest.approx(found[f"{mask}_overlap_chance"], abs=0.03)


def test_where_nothing_changed_there_is_no_overlap() -> None:
    base = np.random.default_rng(7).standard_normal((30, 20))
    found = measure(base, base.copy())
    assert {found[name] for name in ("principal_overlap", "principal_overlap_chance", "low_overlap")} == {None}
    hardly = measure(base, base * (1 + 1e-6))  # below the relative tolerance
    assert hardly["principal_overlap"] is None
