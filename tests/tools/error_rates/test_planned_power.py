"""The power that a plan states is that of the tests that are run, in a sample of `cases`."""

from dataclasses import replace

import numpy as np
import pytest

from skillprobe_core.measurements.profile_tests.joint_tests import joint_tests
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from tools.error_rates.planned_power import Case, _answers, _items, _verdicts, gated_test, simulate

SMALL = Case("", items=20, flips=0.05, drop=0.27, skills=2, domains=2, kinds=2)
SAMPLE = 50


def error(power: float, sample: int = SAMPLE) -> float:
    """Three Monte Carlo standard errors."""
    return 3 * float(np.sqrt(power * (1 - power) / sample))


@pytest.mark.parametrize(("scope", "drop"), [("cell", 0.2), ("cell", 0.35), ("skill", 0.12), ("skill", 0.2)])
def test_one_look_has_the_predicted_power(scope: str, drop: float) -> None:
    case = replace(SMALL, scope=scope, drop=drop)
    assert 0.1 < case.predicted < 0.95
    assert np.mean(simulate(case, SAMPLE)) == pytest.approx(case.predicted, abs=error(case.predicted))


@pytest.mark.parametrize("first", [1, 3])
def test_a_watched_run_has_at_least_the_predicted_power(first: int) -> None:
    case = replace(SMALL, looks=3, first=first, drop=0.28)
    assert np.mean(simulate(case, 25)) >= case.predicted - error(case.predicted, 25)


@pytest.mark.parametrize("scope", ["cell", "skill"])
def test_the_simulated_test_is_that_of_profile_tests(scope: str) -> None:
    case = replace(SMALL, scope=scope)
    items, (base, (right,)) = _items(case), _answers(case, np.random.default_rng(1))
    pairs = paired_items(_verdicts(items, right, 1), _verdicts(items, base, 0), items)
    p, fell = gated_test(pairs, scope, flips=199)
    row = joint_tests([pairs], 0.05, flips=199).filter(scope=scope).sort("skill", "domain").row(0, named=True)
    assert (p, fell) == (row["p_gated"], row["change"] < 0)
    assert row["items"] == case.sizes.smallest


def test_without_a_drop_hardly_anything_is_found() -> None:
    assert sum(simulate(replace(SMALL, drop=0.0), SAMPLE)) <= 4  # 99.8 % point of a binomial with 50 runs at 2.5 %
