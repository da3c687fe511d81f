"""A sample of the simulation behind docs/analysis.md: errors over all scopes, and a moved cell."""

import numpy as np

from tools.error_rates.all_scopes import Case, cases, simulate

SAMPLE = 25
MOST = 4  # 99 % point of a binomial with 25 runs at 5 %


def test_all_scopes_together_hold_the_rate_next_to_a_skill_that_fell() -> None:
    found = simulate(Case("", skill=-0.2), SAMPLE, flips=199)
    assert sum(found.together) <= MOST
    assert sum(found.together) <= sum(found.apart)


def test_a_cell_that_moved_alone_is_found_where_a_serial_gatekeeper_stops() -> None:
    found = simulate(Case("", cell=-0.2), 10, flips=199)
    assert np.mean(found.cell_together) > 0.8
    assert np.mean(found.cell_serial) < np.mean(found.cell_together)


def test_nulls_with_items_that_move_together_are_simulated() -> None:
    null = [case for case in cases() if not case.change.any()]
    assert {case.per_unit for case in null} == {1, 12, 60}
    assert {case.across for case in null} == {False, True}
