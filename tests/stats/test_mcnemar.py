"""McNemar's exact test, against SciPy's binomial test."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from skillprobe_core.stats.mcnemar import mcnemar_p


@given(st.integers(0, 300), st.integers(0, 300))
def test_it_is_the_binomial_test_of_the_changed_items(gained: int, forgotten: int) -> None:
    expected = binomtest(gained, gained + forgotten).pvalue if gained + forgotten else 1.0
    assert float(mcnemar_p(gained, forgotten)) == pytest.approx(expected, rel=1e-9)
    assert float(mcnemar_p(gained, forgotten)) == float(mcnemar_p(forgotten, gained))


def test_counts_are_tested_element_by_element() -> None:
    gained, forgotten = np.array([[0, 5], [3, 10]]), np.array([[0, 5], [9, 0]])
    found = mcnemar_p(gained, forgotten)
    assert found.shape == (2, 2)
    assert found[0].tolist() == [1.0, 1.0]
    assert found[1, 1] == pytest.approx(2 * 0.5**10)
