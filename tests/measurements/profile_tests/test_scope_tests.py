"""Tests of all families on one matrix of flips: sums of rows, p-values of each scope by itself, critical values."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.joint_tests import unit_sums
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from skillprobe_core.measurements.profile_tests.scope_tests import rows_of, scope_tests, totals_of
from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.sign_flips import adjusted_two_sided_p, sign_flips
from skillprobe_core.stats.significance import SIGNIFICANCE

FLIPS = 499


@pytest.fixture
def pairs(items, answered) -> list[pl.DataFrame]:
    rng = np.random.default_rng(31)
    base = rng.random(items.height) < 0.7
    sides = [np.where(rng.random(items.height) < 0.2, ~base, base) for _ in range(2)]
    return [paired_items(answered(items, side), answered(items, base, "base", 0), items) for side in sides]


def test_rows_are_the_sums_of_each_family_at_each_checkpoint(pairs: list[pl.DataFrame]) -> None:
    scopes = families(pairs[0])
    changes = np.hstack([unit_sums(one, scopes[-1]) for one in pairs])
    rows = totals_of(scopes, 2) @ changes.T
    for family, place in zip(scopes, rows_of(scopes, 2), strict=True):
        expected = np.hstack([unit_sums(one, family) for one in pairs])
        np.testing.assert_allclose(rows[place].T, expected)


def test_each_scope_is_tested_as_by_itself_and_all_together_more_strictly(pairs: list[pl.DataFrame]) -> None:
    scopes = families(pairs[0])
    changes = np.hstack([unit_sums(one, scopes[-1]) for one in pairs])
    found = scope_tests(changes, scopes, 2, FLIPS)
    for number, (family, place) in enumerate(zip(scopes, rows_of(scopes, 2), strict=True)):
        sums = np.hstack([unit_sums(one, family) for one in pairs])
        of_scope = found.p_values[place]
        np.testing.assert_allclose(of_scope["p_adjusted"], adjusted_two_sided_p(sign_flips(sums, FLIPS)))
        both, lower = simultaneous_critical(sums)
        assert found.critical_lower[number] == lower
        assert found.critical_gated[number] > both
        assert (of_scope["p_gated"] >= of_scope["p"]).all()


def test_a_handful_of_open_answers_can_change_a_claim() -> None:
    """Of 720 answers in 60 kinds, 712 are those of the base; so asking cannot stop before the last few."""
    kinds = [(f"skill {number % 5}", f"domain {number // 5 % 4}", f"kind {number}") for number in range(60)]
    asked = pl.DataFrame(kinds * 12, schema=["skill", "domain", "kind"], orient="row")
    scopes = families(asked)
    changes = np.zeros((asked.height, len(scopes[-1].groups)))
    same = scope_tests(changes, scopes, 1, 1999).p_values["p_gated"]
    changes[np.arange(8), scopes[-1].label[:8]] = -1.0
    fallen = scope_tests(changes, scopes, 1, 1999).p_values["p_gated"]
    (whole,) = (place for family, place in zip(scopes, rows_of(scopes, 1), strict=True) if family.scope == "overall")
    assert same.min() == 1.0
    assert fallen[whole].item() <= SIGNIFICANCE
