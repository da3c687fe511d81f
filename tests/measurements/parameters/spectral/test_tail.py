import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillprobe_core.measurements.parameters.spectral.tail import fit_tail, null_alpha


def plain_fit(data: np.ndarray) -> tuple[float, float, float, int]:
    """The same fit, one start of the tail after the other, from the formulas alone."""
    data = np.sort(data[data > 1e-5])
    best = (np.inf, 0.0, 0.0, 0)
    for start in range(len(data) - 1):
        tail = data[start:]
        alpha = 1 + len(tail) / np.log(tail / tail[0]).sum()
        fitted = 1 - (tail / tail[0]) ** (1 - alpha)
        distance = np.abs(fitted - np.arange(len(tail)) / len(tail)).max()
        best = min(best, (distance, alpha, tail[0], len(tail)))
    return best


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.integers(30, 200), columns=st.integers(20, 120), tail=st.floats(0.1, 2))
def test_against_a_plain_fit(seed, rows, columns, tail):
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((rows, columns)) * rng.pareto(tail + 1, (1, columns))
    eigenvalues = np.linalg.svd(weights, compute_uv=False) ** 2
    if (eigenvalues > 1e-5).sum() < 20:
        assert fit_tail(eigenvalues) is None
        return
    distance, alpha, smallest, count = plain_fit(eigenvalues)
    found = fit_tail(eigenvalues)
    assert found is not None
    assert found.distance == pytest.approx(distance, rel=1e-9)
    assert found.alpha == pytest.approx(alpha, rel=1e-9)
    assert (found.smallest, found.count) == (pytest.approx(smallest), count)


@pytest.mark.parametrize("alpha", [1.8, 2.5, 4.0])
def test_a_planted_exponent_is_found_and_accepted(alpha):
    draws = np.random.default_rng(0).random(4000)
    found = fit_tail((1 - draws) ** (-1 / (alpha - 1)))
    assert found is not None
    assert found.fits
    assert found.alpha == pytest.approx(alpha, rel=0.1)


def test_a_spectrum_that_is_no_power_law_is_refused():
    assert not fit_tail(np.linspace(1.0, 2.0, 3000)).fits


def test_too_few_and_equal_eigenvalues_have_no_exponent():
    assert fit_tail(np.arange(1.0, 20.0)) is None
    assert fit_tail(np.ones(100)) is None
    assert fit_tail(np.append(np.arange(1.0, 20.0), np.full(100, 1e-6))) is None


@pytest.mark.parametrize("shape", [(400, 200), (300, 300), (900, 100)])
def test_the_null_is_what_noise_gives(shape):
    # The exponent of one noise matrix scatters widely; the law's own lies among them.
    alphas = []
    for seed in range(15):
        values = np.linalg.svd(np.random.default_rng(seed).standard_normal(shape), compute_uv=False) ** 2
        alphas.append(fit_tail(values).alpha)
    assert min(alphas) * 0.8 <= null_alpha(*shape) <= max(alphas) * 1.2
