"""Power before anything is measured: against enumeration of all outcomes, and against the drops of stored tests."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from skillprobe_core.measurements.profile_tests.sequential_tests import open_ended_spending
from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.detectable_drop import detectable_drop
from skillprobe_core.stats.planned_power import Family, items_needed, level_of_look, watched
from skillprobe_core.stats.significance import SIGNIFICANCE


def tail(statistic: float, changed: int, *, two_sided: bool) -> float:
    """Probability of a statistic at least so large among all flips of so many changed items, by enumeration."""
    if changed == 0:
        return float(statistic <= 0)
    values = [(2 * losses - changed) / changed**0.5 for losses in range(changed + 1)]
    ways = [comb(changed, losses) / 2**changed for losses in range(changed + 1)]
    sides = [abs(value) if two_sided else value for value in values]
    return sum(way for way, value in zip(ways, sides, strict=True) if value >= statistic - 1e-9)


def enumerated(
    size: int, other: int, flips: float, drop: float, *, two_sided: bool = True, offset: float = 0.0
) -> float:
    """Power of the adjusted test of one group next to another one, over all outcomes of both."""
    power = 0.0
    for gains, losses in product(range(size + 1), repeat=2):
        changed = gains + losses
        if changed > size or losses <= gains:
            continue
        statistic = (losses - gains) / changed**0.5
        mine = tail(statistic, changed, two_sided=two_sided)
        means = sum(
            comb(other, moved)
            * (2 * flips) ** moved
            * (1 - 2 * flips) ** (other - moved)
            * tail(max(statistic**2 + offset, 0) ** 0.5, moved, two_sided=two_sided)
            for moved in range(1, other + 1)
        )
        if 1 - (1 - mine) * (1 - means) <= SIGNIFICANCE:
            chance = comb(size, changed) * comb(changed, gains) * flips**gains * (flips + drop) ** losses
            power += chance * (1 - 2 * flips - drop) ** (size - changed)
    return power


@pytest.mark.parametrize("two_sided", [True, False])
@pytest.mark.parametrize(
    ("size", "other", "flips", "drop"), [(12, 9, 0.1, 0.5), (15, 15, 0.03, 0.4), (9, 20, 0.2, 0.6)]
)
def test_the_power_is_the_sum_over_all_outcomes(
    size: int, other: int, flips: float, drop: float, *, two_sided: bool
) -> None:
    family = Family(size, (other,), flips, two_sided=two_sided)
    expected = enumerated(size, other, flips, drop, two_sided=two_sided)
    assert family.power(drop) == pytest.approx(expected, abs=1e-9)
    assert expected > 0.1


@pytest.mark.parametrize("offset", [-5.3, -1.4, 2.0])
def test_another_scope_counts_on_the_common_scale(offset: float) -> None:
    """An offset below 0 makes the other group, of a smaller scope, more extreme at the same statistic."""
    family = Family(14, (30,), 0.05, offsets=(offset,))
    assert family.power(0.5) == pytest.approx(enumerated(14, 30, 0.05, 0.5, offset=offset), abs=1e-9)
    assert Family(14, (30,), 0.05, offsets=(0.0,)).power(0.5) == Family(14, (30,), 0.05).power(0.5)


@pytest.mark.parametrize("flips", [0.02, 0.2])
def test_the_normal_approximation_continues_the_exact_power_over_scopes(flips: float) -> None:
    """A group that is a fifth of the whole, with four others of its size."""
    family = Family(1_000, (1_000,) * 4 + (5_000,), flips, offsets=(0.0,) * 4 + (-2.8,))
    assert family.found() == pytest.approx(family.of_size(1_001).found(), abs=0.002)


def test_sizes_grow_in_proportion() -> None:
    grown = Family(20, (20, 60, 3), 0.1, offsets=(0.0, -1.0, 2.0)).of_size(30)
    assert (grown.size, grown.others, grown.offsets) == (30, (30, 90, 4), (0.0, -1.0, 2.0))
    assert Family(20, (3,), 0.1).of_size(1).others == (1,)


@hypothesis_settings(max_examples=20)
@given(st.integers(20, 120), st.floats(0.005, 0.24), st.integers(1, 20))
def test_the_power_rises_with_the_drop_and_is_small_without_one(size: int, flips: float, groups: int) -> None:
    family = Family(size, (size,) * (groups - 1), flips)
    powers = [family.power(drop) for drop in np.linspace(0, 1 - 2 * flips, 9)]
    assert all(np.diff(powers) >= -1e-9)
    assert powers[0] <= SIGNIFICANCE / 2 + 1e-9
    found = family.found()
    if found is not None:
        assert family.power(found) >= 0.8
        assert family.power(found - 0.002) < 0.8


@pytest.mark.parametrize(("size", "flips"), [(400, 0.05), (400, 0.2), (800, 0.1)])
def test_with_many_items_it_agrees_with_the_drop_that_stored_tests_state(size: int, flips: float) -> None:
    critical, _ = simultaneous_critical(np.eye(5))
    stated = float(detectable_drop(flips, size, critical))
    assert Family(size, (size,) * 4, flips).found() == pytest.approx(stated, abs=0.003)


def test_few_flips_make_smaller_drops_visible_than_the_normal_critical_value_says() -> None:
    """Groups in which hardly anything changes cannot produce large statistics."""
    critical, _ = simultaneous_critical(np.eye(20))
    found = Family(36, (36,) * 19, 0.01).found()
    assert found is not None
    assert found < float(detectable_drop(0.01, 36, critical)) - 0.05


@pytest.mark.parametrize("flips", [0.02, 0.2])
def test_the_normal_approximation_continues_the_exact_power(flips: float) -> None:
    exact, normal = (Family(size, (size,) * 4, flips).found() for size in (1_000, 1_001))
    assert exact == pytest.approx(normal, abs=0.002)


@pytest.mark.parametrize(
    ("drop", "flips", "groups"), [(0.15, 0.05, 20), (0.1, 0.1, 5), (0.3, 0.01, 20), (0.05, 0.2, 5)]
)
def test_the_needed_items_find_the_drop_and_a_tenth_fewer_do_not(drop: float, flips: float, groups: int) -> None:
    family = Family(50, (50,) * (groups - 1), flips)
    needed = items_needed(family, drop)
    assert needed is not None
    powers = [family.of_size(size).power(drop) for size in (int(0.9 * needed), needed)]
    assert powers[0] < 0.8 <= powers[1]
    less = items_needed(family, drop, power=0.6)
    assert less is not None
    assert less < needed


def test_impossible_drops_have_no_number_of_items() -> None:
    assert items_needed(Family(50, (50,) * 4, 0.2), 0.7) is None
    assert Family(5, (5,) * 19, 0.05).found() is None


def test_looks_spend_what_the_open_ended_test_spends() -> None:
    spent = np.diff(open_ended_spending(np.arange(0, 10)))
    assert [level_of_look(look) for look in range(1, 10)] == pytest.approx(spent.tolist())
    assert level_of_look(1_000) == pytest.approx(1e-4)
    drops = [watched(108, (108,) * 19, 0.05, look).found() for look in (1, 5, 20)]
    assert None not in drops
    assert drops == sorted(drops)  # type: ignore[type-var]
    assert drops[0] == pytest.approx(Family(108, (108,) * 19, 0.05).found(), abs=0.001)
