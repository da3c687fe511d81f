"""Joint tests of several checkpoints: sums per unit, and values that share their flips."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.describe_changes import describe_changes
from skillprobe_core.measurements.profile_tests.families import families
from skillprobe_core.measurements.profile_tests.joint_tests import joint_tests, unit_sizes, unit_sums, well_formed_sums
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_items
from skillprobe_core.stats.critical_values import simultaneous_critical


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
    assert table.height == 2 * (4 + 2 + 2 + 1 + 8)
    assert table["checkpoint"].unique().sort().to_list() == [0, 1]
    alone = joint_tests(pairs[:1], 0.05, flips=199)
    same = ["scope", "skill", "domain", "kind", "items", "change", "change_low", "change_high", "gained", "forgotten"]
    assert table.filter(checkpoint=0).select(same).equals(alone.select(same))


def test_p_values_are_ordered_and_no_smaller_than_the_flips_allow(pairs: list[pl.DataFrame]) -> None:
    table = joint_tests(pairs, 0.05, flips=199)
    for row in table.rows(named=True):
        assert 1 / 200 <= row["p"] <= row["p_adjusted"] <= 1
        assert row["p_gated"] >= row["p"]
        assert 1 / 200 <= row["p_lower"] <= row["p_lower_adjusted"] <= 1
        assert row["p"] <= row["q"] + 1e-12
        assert row["bootstrap_low"] <= row["change"] + 1e-9
        assert row["change"] <= row["bootstrap_high"] + 1e-9


def test_no_checkpoints_and_no_items_have_no_rows(pairs: list[pl.DataFrame]) -> None:
    assert joint_tests([], 0.05).is_empty()
    assert joint_tests([pairs[0].clear()], 0.05).is_empty()


def test_tests_are_repeated_on_the_items_that_neither_side_cut(items, answered, restyled) -> None:
    rng = np.random.default_rng(12)
    base = rng.random(items.height) < 0.7
    tuned = np.where(rng.random(items.height) < 0.2, ~base, base)
    cut, base_cut = rng.random((2, items.height)) < 0.15
    before = restyled(answered(items, base, "base", 0), items, base_cut, ending="cut")
    found = joint_tests(
        [paired_items(restyled(answered(items, tuned), items, cut, ending="looped"), before, items)], 0.05
    )
    kept = items.filter(pl.Series(~cut & ~base_cut))
    sides = (answered(items, side).join(kept, on="item_id", how="semi") for side in (tuned, base))
    alone = joint_tests([paired_items(*(side for side in sides), kept)], 0.05)
    same = {
        "uncut_items": "items", "uncut_accuracy": "accuracy", "base_uncut_accuracy": "base_accuracy",
        "uncut_change": "change", "uncut_change_low": "change_low", "uncut_change_high": "change_high",
    }  # fmt: skip
    for name, on_kept in same.items():
        np.testing.assert_allclose(found[name], alone[on_kept])
    np.testing.assert_allclose(found["uncut_p_adjusted"], alone["p_adjusted"], atol=0.03)
    assert (found["items"] == found["uncut_items"]).sum() == 0


def test_rates_are_tested_over_all_items_and_adjusted_over_rates_and_checkpoints(items, answered, restyled) -> None:
    rng = np.random.default_rng(13)
    base = rng.random(items.height) < 0.7
    before = answered(items, base, "base", 0)
    few = rng.random(items.height) < 0.1
    styles = [restyled(answered(items, base), items, few, verdict="malformed"), answered(items, base)]
    table = joint_tests([paired_items(each, before, items) for each in styles], 0.05, flips=999)
    overall = table.filter(scope="overall").sort("checkpoint")
    assert overall["malformed_p"].to_list() == [pytest.approx(1 / 1000, abs=0.003), 1.0]
    assert overall["malformed_change"][0] == pytest.approx(few.mean())
    for name in ("unparsed", "truncated", "looped"):
        assert overall[f"{name}_p"].to_list() == [1.0, 1.0]
    assert table.filter(pl.col("scope") != "overall")["malformed_p"].null_count() == table.height - 2


def test_the_stricter_critical_value_counts_for_both_accuracies(items, answered, restyled) -> None:
    """Broken items that several checkpoints share move together; what is left does not."""
    rng = np.random.default_rng(15)
    base = rng.random(items.height) < 0.7
    broken = rng.random(items.height) < 0.4
    before = answered(items, base, "base", 0)
    sides = [np.where(rng.random(items.height) < 0.2, ~base, base) for _ in range(6)]
    styled = [restyled(answered(items, side), items, broken, verdict="malformed") for side in sides]
    pairs = [paired_items(each, before, items) for each in styled]
    cells = families(pairs[0])[0]
    together, apart = (
        simultaneous_critical(np.hstack([sums(one, cells) for one in pairs]))[1]
        for sums in (unit_sums, well_formed_sums)
    )
    assert apart > together
    table = joint_tests(pairs, 0.05, flips=99).filter(scope="cell", checkpoint=0)
    expected = describe_changes(pairs[0], cells, margin=0.05, critical=2.0, critical_lower=apart)
    for name in ("upper_limit", "well_formed_upper_limit"):
        np.testing.assert_allclose(table[name], expected[name])
