"""Joint tests of several checkpoints: sums per unit, and values that share their flips."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.joint_tests import joint_tests, unit_sizes, unit_sums
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items


@pytest.fixture
def pairs(items, answered) -> list[pl.DataFrame]:
    rng = np.random.default_rng(9)
    base = rng.random(items.height) < 0.7
    sides = [np.where(rng.random(items.height) < 0.2, ~base, base) for _ in range(2)]
    return [paired_items(answered(items, side), answered(items, base, "base", 0), items) for side in sides]


def test_unit_sums_add_up_to_the_change_of_each_group(pairs: list[pl.DataFrame]) -> None:
    (one, _) = pairs
    for family in families(one):
        sums, sizes = unit_sums(one, family), unit_sizes(one, family)
        change = (one["share"] - one["base_share"]).to_numpy()
        for group in range(len(family.groups)):
            assert sums[:, group].sum() == pytest.approx(change[family.label == group].sum())
            assert sizes[:, group].sum() == (family.label == group).sum()


def test_rows_are_checkpoints_times_groups_and_name_their_checkpoint(pairs: list[pl.DataFrame]) -> None:
    table = joint_tests(pairs, 0.05, flips=199)
    assert table.height == 2 * (4 + 2 + 2 + 1)
    assert table["checkpoint"].unique().sort().to_list() == [0, 1]
    alone = joint_tests(pairs[:1], 0.05, flips=199)
    same = ["scope", "skill", "domain", "items", "change", "change_low", "change_high", "gained", "forgotten"]
    assert table.filter(checkpoint=0).select(same).equals(alone.select(same))


def test_p_values_are_ordered_and_no_smaller_than_the_flips_allow(pairs: list[pl.DataFrame]) -> None:
    table = joint_tests(pairs, 0.05, flips=199)
    for row in table.rows(named=True):
        assert 1 / 200 <= row["p"] <= row["p_adjusted"] <= 1
        assert 1 / 200 <= row["p_lower"] <= row["p_lower_adjusted"] <= 1
        assert row["p"] <= row["q"] + 1e-12
        assert row["bootstrap_low"] <= row["change"] + 1e-9
        assert row["change"] <= row["bootstrap_high"] + 1e-9


def test_no_checkpoints_and_no_items_have_no_rows(pairs: list[pl.DataFrame]) -> None:
    assert joint_tests([], 0.05).is_empty()
    assert joint_tests([pairs[0].clear()], 0.05).is_empty()
