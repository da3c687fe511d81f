"""Several scopes adjusted together: against a plain reading, under the null, and with rows that moved."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_array

from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.scopes_together import adjusted_over_scopes, first_step_critical
from skillprobe_core.stats.sign_flips import SignFlips, adjusted_two_sided_p, sign_flips, two_sided_p

PARTS, FLIPS = 12, 399
SCOPES = {"parts": np.eye(PARTS), "thirds": np.kron(np.eye(4), np.ones(3)), "whole": np.ones((1, PARTS))}
TOTALS = csr_array(np.vstack([*SCOPES.values()]))
ENDS = np.cumsum([0, *(len(rows) for rows in SCOPES.values())])


def rows_of(sums: np.ndarray, flips: int = FLIPS) -> tuple[SignFlips, np.ndarray]:
    """The flips of all rows, and each row's critical value in its scope."""
    rows = (TOTALS @ sums.T).T
    critical = [simultaneous_critical(rows[:, start:stop])[0] for start, stop in pairwise(ENDS)]
    return sign_flips(sums, flips, TOTALS), np.repeat(critical, np.diff(ENDS))


def units(rng: np.random.Generator, number: int, together: bool) -> np.ndarray:
    """Changes of -1, 0 and 1: a unit has an item in one part, or one in every part, and these mostly agree."""
    if together:
        agreed = rng.choice([-1.0, 0.0, 1.0], (number, 1), p=[0.2, 0.6, 0.2])
        return np.where(rng.random((number, PARTS)) < 0.8, agreed, 0.0)
    sums = np.zeros((number, PARTS))
    sums[np.arange(number), np.arange(number) % PARTS] = rng.choice([-1.0, 0.0, 1.0], number, p=[0.1, 0.8, 0.1])
    return sums


def test_it_agrees_with_a_plain_reading_of_the_algorithm() -> None:
    test, critical = rows_of(np.random.default_rng(1).normal(0.1, 1.0, (60, PARTS)))
    observed, flipped = test.observed**2 - critical**2, test.flipped**2 - critical**2
    order = sorted(range(len(observed)), key=lambda column: -observed[column])
    expected, worst = np.empty(len(observed)), 0.0
    for place, column in enumerate(order):
        maxima = flipped[:, order[place:]].max(axis=1)
        worst = max(worst, (1 + (maxima >= observed[column] - 1e-9).sum()) / (1 + len(maxima)))
        expected[column] = worst
    np.testing.assert_allclose(adjusted_over_scopes(test, critical), expected)


def test_a_single_scope_is_adjusted_as_by_itself() -> None:
    sums = np.random.default_rng(2).normal(0.2, 1.0, (80, 6))
    test = sign_flips(sums, FLIPS)
    np.testing.assert_allclose(adjusted_over_scopes(test, np.full(6, 2.6)), adjusted_two_sided_p(test))


@pytest.mark.parametrize(("number", "together"), [(600, False), (30, True)])
def test_the_error_over_all_scopes_holds_where_that_of_each_by_itself_adds_up(number: int, together: bool) -> None:
    """Null: 150 runs at 5 % have at most 17 errors in 99.9 % of cases."""
    apart = at_once = 0
    for seed in range(150):
        test, critical = rows_of(units(np.random.default_rng(seed), number, together), 199)
        at_once += adjusted_over_scopes(test, critical).min() <= 0.05
        scopes = pairwise(ENDS)
        apart += min(adjusted_two_sided_p(test.of(slice(start, stop))).min() for start, stop in scopes) <= 0.05
    assert at_once <= 17
    assert together or apart > 17, "the null must be one at which the scopes' errors add up"


def test_rows_that_moved_do_not_make_others_significant() -> None:
    """The first part moves in every run, and with it its third and the whole; the others are true to the null."""
    errors = found = 0
    still = [*range(1, PARTS), *range(PARTS + 1, PARTS + 4)]
    for seed in range(150):
        rng = np.random.default_rng([seed, 3])
        sums = units(rng, 600, together=False)
        sums[: PARTS * 40 : PARTS, 0] = 1.0
        test, critical = rows_of(sums, 199)
        p = adjusted_over_scopes(test, critical)
        errors += p[still].min() <= 0.05
        found += p[0] <= 0.05
    assert found == 150
    assert errors <= 17  # 99.9 % point of a binomial with 150 runs at 5 %


def test_a_part_that_moved_alone_is_found_though_the_whole_is_not() -> None:
    found, whole = [], []
    for seed in range(40):
        sums = units(np.random.default_rng([seed, 4]), 1_200, together=False)
        sums[: PARTS * 28 : PARTS, 0] = 1.0
        test, critical = rows_of(sums, 199)
        found.append(adjusted_over_scopes(test, critical)[0] <= 0.05)
        whole.append(two_sided_p(test)[-1] <= 0.05)
    assert np.mean(found) > 0.9
    assert np.mean(whole) < 0.6


def test_the_first_steps_critical_value_is_reached_by_a_true_null_in_one_run_of_twenty() -> None:
    test, critical = rows_of(units(np.random.default_rng(5), 1_200, together=False), 9_999)
    first = first_step_critical(test, critical, len(SCOPES))
    assert (first >= critical).all()
    assert (np.abs(test.flipped) > first).any(axis=1).mean() == pytest.approx(0.05, abs=0.005)


def test_without_changes_the_first_step_is_bonferronis() -> None:
    test, critical = rows_of(np.zeros((20, PARTS)), 99)
    assert (adjusted_over_scopes(test, critical) == 1).all()
    assert first_step_critical(test, critical, 3)[-1] == pytest.approx(
        2.3940, abs=1e-3
    )  # normal, 0.05 / 3 on two sides
