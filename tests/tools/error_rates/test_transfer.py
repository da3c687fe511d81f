import numpy as np
import pytest

from tools.error_rates.transfer import Case, cases, simulate


@pytest.mark.parametrize("index", [0.0, 100.0])
def test_the_index_and_its_tests_hold_their_rates(index: float) -> None:
    missed, _, moved, partial = simulate(Case(0.5, 0.5, 0.2, index), 40, flips=199)
    assert np.mean(missed) <= 0.12  # rows of a study are correlated
    assert sum(moved if index == 0 else partial) <= 6  # 99 % point of a binomial with 40 runs at 5 %
    assert np.mean(partial if index == 0 else moved) > 0.9


def test_nulls_of_both_claims_are_simulated() -> None:
    assert {case.index for case in cases()} >= {0.0, 100.0}
