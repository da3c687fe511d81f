import numpy as np

from tools.error_rates.change_onsets import Case, simulate

SAMPLE = 40
MOST = 6  # 99 % point of a binomial with 40 runs at 5 %


def test_known_units_hold_the_error_rate_and_hidden_ones_do_not() -> None:
    known, _ = simulate(Case("", per_unit=5), SAMPLE, flips=199)
    hidden, _ = simulate(Case("", per_unit=5, known=False), SAMPLE, flips=199)
    assert sum(known) <= MOST < sum(hidden)


def test_flipping_kinds_allows_for_kinds_that_drift() -> None:
    by_unit, by_kind = simulate(Case("", drift=0.1), SAMPLE, flips=199)
    assert sum(by_kind) <= MOST < sum(by_unit)


def test_a_drop_of_all_kinds_of_a_group_is_found() -> None:
    by_unit, by_kind = simulate(Case("", drop=0.1), 20, flips=199)
    assert np.mean(by_unit) == 1
    assert np.mean(by_kind) > 0.7
