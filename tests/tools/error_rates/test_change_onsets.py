import numpy as np

from tools.error_rates.change_onsets import Case, simulate

SAMPLE = 40
MOST = 6  # 99 % point of a binomial with 40 runs at 5 %


def test_known_units_hold_the_error_rate_and_hidden_ones_do_not() -> None:
    known = simulate(Case("", per_unit=5), SAMPLE, flips=199)
    hidden = simulate(Case("", per_unit=5, known=False), SAMPLE, flips=199)
    assert sum(known.by_unit) <= MOST < sum(hidden.by_unit)


def test_flipping_kinds_allows_for_kinds_that_drift() -> None:
    found = simulate(Case("", drift=0.1), SAMPLE, flips=199)
    assert sum(found.by_kind) <= MOST < sum(found.by_unit)
    assert all(either or not both for either, both in zip(found.by_kind, found.by_both, strict=True))


def test_a_drop_of_all_kinds_of_a_group_is_found() -> None:
    found = simulate(Case("", drop=0.1), 20, flips=199)
    assert np.mean(found.by_unit) == 1
    assert np.mean(found.by_both) > 0.7


def test_three_kinds_have_a_date_in_these_kinds_alone() -> None:
    """Eight flips of three kinds cannot make a p-value below 0.25, whatever the drop."""
    found = simulate(Case("", kinds=3, items=100, drop=0.2), 10, flips=199)
    assert all(found.by_unit)
    assert not any(found.by_kind)
