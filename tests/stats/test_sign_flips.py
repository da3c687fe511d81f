import itertools

import numpy as np
import pytest
from scipy.stats import binomtest

from skillprobe_core.stats.mcnemar import mcnemar_p
from skillprobe_core.stats.sign_flips import (
    FLIPS,
    adjusted_lower_p,
    adjusted_two_sided_p,
    flips_that_fit,
    lower_p,
    sign_flips,
    two_sided_p,
)

MONTE_CARLO = 4 * 0.005  # four standard errors of a share of 9,999


def test_p_values_are_those_of_all_sign_flips() -> None:
    sums = np.random.default_rng(3).normal(0.3, 1.0, (12, 3))
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=12)))
    all_flips = signs @ sums
    test = sign_flips(sums)
    observed = sums.sum(axis=0)
    two_sided = (np.abs(all_flips) >= np.abs(observed) - 1e-9).mean(axis=0)
    lower = (all_flips <= observed + 1e-9).mean(axis=0)
    np.testing.assert_allclose(two_sided_p(test), two_sided, atol=MONTE_CARLO)
    np.testing.assert_allclose(lower_p(test), lower, atol=MONTE_CARLO)


def test_step_down_agrees_with_a_plain_reading_of_the_algorithm() -> None:
    sums = np.random.default_rng(4).normal(0.2, 1.0, (40, 6))
    test = sign_flips(sums)
    observed, flipped = np.abs(test.observed), np.abs(test.flipped)
    order = sorted(range(6), key=lambda column: -observed[column])
    expected, worst = {}, 0.0
    for place, column in enumerate(order):
        maxima = flipped[:, order[place:]].max(axis=1)
        worst = max(worst, (1 + (maxima >= observed[column] - 1e-9).sum()) / (1 + len(maxima)))
        expected[column] = worst
    np.testing.assert_allclose(adjusted_two_sided_p(test), [expected[column] for column in range(6)])


def test_adjusting_never_lowers_a_p_value_and_the_least_survives_alone() -> None:
    sums = np.random.default_rng(5).normal(-0.3, 1.0, (50, 20))
    test = sign_flips(sums)
    assert np.all(adjusted_two_sided_p(test) >= two_sided_p(test))
    assert np.all(adjusted_lower_p(test) >= lower_p(test))
    alone = sign_flips(sums[:, :1])
    np.testing.assert_allclose(adjusted_two_sided_p(alone), two_sided_p(alone))


def test_one_sample_an_item_is_mcnemars_test() -> None:
    gained, forgotten = np.array([3, 10, 0, 25]), np.array([9, 10, 6, 8])
    sums = np.zeros((100, 4))
    for column, (up, down) in enumerate(zip(gained, forgotten, strict=True)):
        sums[:up, column], sums[up : up + down, column] = 1.0, -1.0
    expected = [binomtest(int(u), int(u + d)).pvalue for u, d in zip(gained, forgotten, strict=True)]
    np.testing.assert_allclose(mcnemar_p(gained, forgotten), expected)
    np.testing.assert_allclose(two_sided_p(sign_flips(sums)), expected, atol=MONTE_CARLO)
    assert mcnemar_p(0, 0) == 1.0


def test_nothing_moved_is_no_evidence() -> None:
    test = sign_flips(np.zeros((30, 4)))
    assert np.all(two_sided_p(test) == 1.0)
    assert np.all(adjusted_lower_p(test) == 1.0)


def test_the_same_flips_for_every_column_and_every_call() -> None:
    sums = np.random.default_rng(6).normal(size=(300, 2))
    twice = np.column_stack([sums[:, 0], sums[:, 0] * 5.0])
    test = sign_flips(twice)
    np.testing.assert_allclose(test.flipped[:, 0], test.flipped[:, 1])
    assert np.array_equal(sign_flips(sums).flipped, sign_flips(sums).flipped)


@pytest.mark.parametrize("steps", [1, 4])
def test_family_wise_error_is_at_most_five_percent_when_nothing_changed(steps: int) -> None:
    """Twenty cells of 60 items, wordings that gain and wordings that lose as much, steps that share items."""
    rng = np.random.default_rng(steps)
    rounds, cells, size = 600, 20, 60
    wording = np.where(np.arange(size) % 2, 0.06, -0.06)
    difficulty = np.tile(np.linspace(0.05, 0.95, size), cells)
    false_alarms = np.zeros(2)
    for _ in range(rounds):
        base = rng.random(cells * size) < difficulty
        sums = np.zeros((cells * size, cells * steps))
        for step in range(steps):
            stays = rng.random(cells * size) < 0.85
            fresh = rng.random(cells * size) < np.clip(difficulty + np.tile(wording, cells), 0, 1)
            change = np.where(stays, 0.0, fresh.astype(float) - base)
            column = np.repeat(np.arange(cells), size) * steps + step
            sums[np.arange(cells * size), column] = change
        test = sign_flips(sums, flips=399)
        false_alarms += [adjusted_two_sided_p(test).min() <= 0.05, adjusted_lower_p(test).min() <= 0.05]
    upper = 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / rounds)  # the 99.5 % point of what a true 5 % would show
    assert np.all(false_alarms / rounds <= upper)
    assert np.all(false_alarms / rounds >= 0.01)


def test_fewer_flips_are_made_where_all_would_not_fit_but_never_too_few() -> None:
    assert flips_that_fit(0) == flips_that_fit(200) == FLIPS
    assert flips_that_fit(6_000) == 5_000
    assert flips_that_fit(1_000_000) == 999
