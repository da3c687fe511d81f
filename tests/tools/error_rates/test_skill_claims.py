"""A sample of the simulation behind docs/analysis.md: kinds that drift while no skill moves."""

import numpy as np

from tools.error_rates.skill_claims import Case, cases, simulate

SAMPLE = 30
MOST = 5  # 99 % point of a binomial with 30 runs at 5 %


def test_kinds_that_drift_are_no_claim_about_their_skill() -> None:
    in_these_kinds, as_such, covered, plain = simulate(Case(drift=0.15, items=30), SAMPLE, flips=199)
    assert sum(as_such) <= MOST < sum(in_these_kinds)
    assert np.mean(covered) > 0.9 > np.mean(plain)


def test_a_skill_that_moves_with_all_its_kinds_is_named_as_such() -> None:
    _, as_such, _, _ = simulate(Case(drift=0.05, skill=-0.2, items=30), 10, flips=199)
    assert np.mean(as_such) > 0.7


def test_nulls_of_every_number_of_kinds_and_law_are_simulated() -> None:
    null = [case for case in cases() if not case.skill]
    assert {case.kinds for case in null} == {3, 6, 12}
    assert len({case.law for case in null}) == 4
