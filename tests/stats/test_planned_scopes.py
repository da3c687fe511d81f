"""Families over several scopes: their groups and offsets, and their critical value against that of the stored tests."""

import numpy as np
import pytest
from scipy.special import ndtri

from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.planned_power import Family
from skillprobe_core.stats.planned_scopes import family_over_scopes
from skillprobe_core.stats.scopes_together import first_step_critical
from skillprobe_core.stats.sign_flips import sign_flips

PARTS = [10, 20, 30, 40]
FINE = [frozenset({part}) for part in range(4)]
HALVES = [frozenset({0, 1}), frozenset({2, 3})]
WHOLE = [frozenset(range(4))]


def critical(groups: int) -> float:
    return float(ndtri(0.5 + 0.95 ** (1 / groups) / 2))


def test_every_other_group_counts_with_the_difference_to_its_scope() -> None:
    family = family_over_scopes(PARTS, [FINE, HALVES, WHOLE], 1, HALVES[0], 0.1)
    assert (family.size, family.flips) == (30, 0.1)
    fine, whole = (critical(groups) ** 2 - critical(2) ** 2 for groups in (4, 1))
    rows = zip(family.others, family.offsets, strict=True)
    assert dict(rows) == pytest.approx({10: fine, 20: fine, 30: fine, 40: fine, 70: 0.0, 100: whole})
    assert fine > 0 > whole


def test_groups_of_the_same_items_count_once_and_not_against_each_other() -> None:
    """Cells of one kind each, in one domain: the kinds are the cells, and the domain is the whole."""
    once = family_over_scopes(PARTS, [FINE, WHOLE], 0, FINE[2], 0.1)
    assert family_over_scopes(PARTS, [FINE, FINE, WHOLE, WHOLE], 0, FINE[2], 0.1) == once
    alone = family_over_scopes([25], [[frozenset({0})]] * 4, 0, frozenset({0}), 0.1)
    assert alone == Family(25, (), 0.1)
    mixed = family_over_scopes(PARTS, [[*HALVES, *WHOLE], WHOLE], 0, HALVES[0], 0.1)
    assert dict(zip(mixed.others, mixed.offsets, strict=True))[100] < 0, "the smaller scope's value is the larger one"


def test_the_critical_value_is_at_least_that_of_the_first_step() -> None:
    """Changes without ties, so that the flips are nearly normal: overlap alone makes the stored value smaller."""
    parts, units = 12, 2_400
    totals = np.vstack([np.eye(parts), np.kron(np.eye(4), np.ones(3)), np.ones((1, parts))])
    rng = np.random.default_rng(2)
    sums = np.zeros((units, parts))
    sums[np.arange(units), np.arange(units) % parts] = rng.normal(size=units)
    rows = sums @ totals.T
    of_scope = [simultaneous_critical(rows[:, columns])[0] for columns in (slice(12), slice(12, 16), slice(16, 17))]
    test = sign_flips(rows, 9_999)
    stored = first_step_critical(test, np.repeat(of_scope, (12, 4, 1)), 3)
    scopes = [[frozenset(np.flatnonzero(row).tolist()) for row in totals[place]] for place in
              (slice(12), slice(12, 16), slice(16, 17))]  # fmt: skip
    for scope, row in ((0, 0), (1, 12)):
        planned = family_over_scopes([200] * parts, scopes, scope, scopes[scope][0], 0.1)._critical
        assert stored[row] - 0.03 <= planned <= stored[row] + 0.1
