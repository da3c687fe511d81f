import numpy as np
from scipy.stats import kstest

from skillprobe_core.stats.wordings import wording_p


def design() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two groups of 90 items, five strata each, three wordings a stratum."""
    number = np.arange(180)
    group = number // 90
    stratum = number // 18
    return stratum, stratum * 3 + number % 3, group


def test_wordings_that_do_not_matter_give_even_p_values() -> None:
    rng = np.random.default_rng(1)
    stratum, wording, group = design()
    found = np.concatenate(
        [wording_p(rng.integers(-1, 2, 180).astype(float), stratum, wording, group, 2) for _ in range(600)]
    )
    assert kstest(found, "uniform").pvalue > 0.001
    assert np.mean(found <= 0.05) <= 0.07


def test_a_wording_that_is_forgotten_is_found_in_its_group_only() -> None:
    rng = np.random.default_rng(2)
    stratum, wording, group = design()
    change = rng.choice([-1.0, 0.0, 0.0, 1.0], 180)
    change[(wording % 3 == 0) & (group == 1)] = -1.0
    p = wording_p(change, stratum, wording, group, 2)
    assert p[1] < 0.001
    assert p[0] > 0.01


def test_one_wording_or_no_movement_cannot_be_compared() -> None:
    stratum, wording, group = design()
    assert np.isnan(wording_p(np.zeros(180), stratum, wording, group, 2)).all()
    assert np.isnan(wording_p(np.arange(180.0), stratum, stratum, group, 2)).all()


def test_numbers_that_are_left_out_change_nothing() -> None:
    """Codes may begin above 0 and have holes: items that are not compared took theirs."""
    rng = np.random.default_rng(3)
    stratum, wording, group = design()
    change = rng.integers(-1, 2, 180).astype(float)
    expected = wording_p(change, stratum, wording, group, 2)
    np.testing.assert_array_equal(wording_p(change, 3 * stratum + 2, 5 * wording + 7, group, 2), expected)
    np.testing.assert_array_equal(
        wording_p(change, stratum, wording, 2 * group + 1, 4), [np.nan, *expected[:1], np.nan, *expected[1:]]
    )
