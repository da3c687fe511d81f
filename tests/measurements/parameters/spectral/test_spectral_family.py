"""The compared subspace: a quarter of the shorter side, at most 32 directions."""

import numpy as np
import pytest

from skillprobe_core.measurements.parameters.parameter_registry import spectral
from skillprobe_core.measurements.parameters.spectral.spectral_family import SUBSPACE, subspace_size
from tests.measurements.parameters.spectral.conftest import measure


@pytest.mark.parametrize(("columns", "size"), [(1, 1), (3, 1), (4, 1), (8, 2), (127, 31), (128, 32), (4096, SUBSPACE)])
def test_the_size_of_the_subspace(columns: int, size: int) -> None:
    assert subspace_size(columns) == size


def test_every_family_gives_the_measures_that_it_declares_for_any_matrix() -> None:
    rng = np.random.default_rng(0)
    names = {each.name for family in spectral() for each in family.measures}
    for shape in ((1, 1), (1, 9), (9, 1), (20, 12)):
        base = rng.standard_normal(shape)
        for tensor in (base, base + rng.standard_normal(shape), np.zeros(shape)):
            assert set(measure(base, tensor)) == names
