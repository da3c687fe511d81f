"""Verdicts of two checkpoints, paired by item, or the reason why they cannot be."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_checkpoints, paired_items
from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests


@pytest.fixture
def both(items, answered):
    rng = np.random.default_rng(8)
    base = rng.random(items.height) < 0.7
    tuned = np.where(rng.random(items.height) < 0.1, rng.random(items.height) < 0.7, base)
    collapsed = ((items["skill"] == "enumeration") & (items["domain"] == "math")).to_numpy()
    tuned[collapsed] = base[collapsed] & (rng.random(collapsed.sum()) < 0.3)
    return answered(items, tuned), answered(items, base, "base", 0)


def run(verdicts, base, items, **changes):
    return profile_tests(verdicts, base, items, **{"model": "tuned", "step": 100, "base_model": "base"} | changes)


def test_unpaired_or_foreign_verdicts_are_refused(both, items) -> None:
    verdicts, base = both
    with pytest.raises(StoreError, match="the base has no verdict on 1 items"):
        run(verdicts, base.head(-1), items)
    with pytest.raises(StoreError, match=r"item set other.*current item set is set"):
        run(verdicts.with_columns(item_set=pl.lit("other")), base, items)
    with pytest.raises(StoreError, match="2 checkpoints"):
        run(pl.concat([verdicts, base]), base, items)


def test_pairs_have_both_shares_in_an_order_of_their_own(items, answered) -> None:
    rng = np.random.default_rng(3)
    tuned, base = rng.random((items.height, 4)) < 0.5, rng.random((items.height, 2)) < 0.8
    verdicts, base_verdicts = answered(items, tuned), answered(items, base, "base", 0)
    pairs = paired_items(verdicts, base_verdicts, items)
    assert pairs.height == items.height
    by_item = dict(zip(items["item_id"], zip(tuned.mean(axis=1), base.mean(axis=1), strict=True), strict=True))
    for row in pairs.rows(named=True):
        assert (row["share"], row["base_share"]) == pytest.approx(by_item[row["item_id"]])
        assert (row["samples"], row["base_samples"]) == (4, 2)
    shuffled = paired_items(verdicts.sample(fraction=1, shuffle=True, seed=1), base_verdicts.reverse(), items.reverse())
    assert shuffled.drop("unit").equals(pairs.drop("unit"))


def test_items_of_one_wording_are_units_of_their_own_and_of_a_public_template_one_unit(items, answered) -> None:
    right = np.ones(items.height, bool)
    sides = answered(items, right), answered(items, right, "base", 0)
    alone = paired_items(*sides, items)
    assert alone["alone"].all()
    assert alone["unit"].n_unique() == items.height
    public = items.with_columns(
        source=pl.lit("public"), template=pl.format("{}/{}", "kind", pl.int_range(pl.len()) // 3)
    )
    together = paired_items(*sides, public)
    assert not together["alone"].all()
    assert together["unit"].n_unique() < items.height


def test_checkpoints_are_paired_one_by_one_on_the_same_rows(items, answered) -> None:
    rng = np.random.default_rng(4)
    base = answered(items, rng.random(items.height) < 0.5, "base", 0)
    steps = [answered(items, rng.random(items.height) < 0.5, model, step) for model in "ba" for step in (20, 3)]
    pairs = paired_checkpoints(pl.concat(steps), base, items)
    assert list(pairs) == [("a", 3), ("a", 20), ("b", 3), ("b", 20)]
    assert len({tuple(one["item_id"]) for one in pairs.values()}) == 1


def test_other_readings_are_not_paired(items, answered) -> None:
    right = np.ones(items.height, bool)
    verdicts, base = answered(items, right), answered(items, right, "base", 0)
    other = answered(items, ~right).with_columns(reading=pl.lit("strict"))
    both = pl.concat([verdicts.with_columns(reading=pl.lit("fair")), other])
    assert paired_items(both, base, items).equals(paired_items(verdicts, base, items))


def test_nothing_answered_is_an_empty_table_and_only_one_side_an_error(items, answered) -> None:
    right = np.ones(items.height, bool)
    verdicts, base = answered(items, right), answered(items, right, "base", 0)
    assert paired_items(verdicts.clear(), base.clear(), items).is_empty()
    with pytest.raises(StoreError, match="the checkpoint has no verdict on 240 items"):
        paired_items(verdicts.clear(), base, items)
    with pytest.raises(StoreError, match="the base are of 2 checkpoints"):
        paired_items(verdicts, pl.concat([base, base.with_columns(step=pl.lit(1, pl.Int32))]), items)


def test_forms_and_endings_are_counted_on_both_sides(items, answered) -> None:
    rng = np.random.default_rng(6)
    outcomes = np.array(["correct", "wrong", "malformed", "unparsed", "truncated", "timeout"])
    endings = np.array(["ended", "cut", "looped", "thinking"])
    sides = []
    for model, step in (("tuned", 100), ("base", 0)):
        side = answered(items, np.zeros((items.height, 3)), model, step)
        sides.append(
            side.with_columns(
                verdict=pl.Series(outcomes[rng.integers(0, 6, side.height)]),
                ending=pl.Series(endings[rng.integers(0, 4, side.height)]),
            )
        )
    pairs = paired_items(*sides, items)
    for prefix, side in zip(("", "base_"), sides, strict=True):
        for row in pairs.sample(20, seed=1).iter_rows(named=True):
            said = side.filter(item_id=row["item_id"])
            formed = said.filter(pl.col("verdict").is_in(["correct", "wrong", "timeout"]))
            assert row[f"{prefix}well_formed"] == formed.height
            share = (formed["verdict"] == "correct").mean() if formed.height else None
            assert row[f"{prefix}well_formed_share"] == (None if share is None else pytest.approx(share))
            assert row[f"{prefix}uncut"] == (said["ending"] == "ended").all()
            assert row[f"{prefix}malformed"] == pytest.approx((said["verdict"] == "malformed").mean())
            assert row[f"{prefix}unparsed"] == pytest.approx((said["verdict"] == "unparsed").mean())
            assert row[f"{prefix}looped"] == pytest.approx((said["ending"] == "looped").mean())
            assert row[f"{prefix}truncated"] == pytest.approx((said["ending"] != "ended").mean())
    both = pairs.filter("both_well_formed")
    assert (both["well_formed"] * both["base_well_formed"] > 0).all()
    assert pairs["both_uncut"].equals(pairs["uncut"] & pairs["base_uncut"])
    assert paired_items(*(side.clear() for side in sides), items).columns == pairs.columns
