"""A sample of the simulation behind docs/analysis.md: the error rate holds where the plain comparison fails."""

import numpy as np
import pytest

from tools.error_rates.matched_gain import CURVES, Case, cases, simulate

SAMPLE = 60
MOST = 8  # 99 % point of a binomial with 60 runs at 5 %


@pytest.mark.parametrize("curve", ["slope 0", "slope 1"])
def test_runs_on_one_curve_rarely_differ_significantly(curve: str) -> None:
    found, uncorrected, covered = simulate(Case(curve, "0.05-0.3, 0.1-0.5", 180), SAMPLE, draws=199)
    assert sum(found) <= MOST
    assert np.mean(covered) >= 0.9
    assert curve == "slope 0" or sum(uncorrected) > 3 * MOST, "the null must be one at which a plain test fails"


def test_a_true_difference_is_found() -> None:
    found, _, _ = simulate(Case("slope 0.5", "0.05-0.3, 0.05-0.3", 720, 0.05), 30, draws=199)
    assert np.mean(found) >= 0.75


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in cases() if not case.spared], ids=str)
def test_the_error_rate_holds_in_every_null_case(case: Case) -> None:
    found, _, _ = simulate(case, 300)
    assert sum(found) <= 26  # 99.9 % point of a binomial with 300 runs at 5 %


def test_every_curve_is_simulated_in_both_sizes() -> None:
    null = {(case.curve, case.target_items) for case in cases() if not case.spared}
    assert null == {(curve, items) for curve in CURVES for items in (180, 720)}
