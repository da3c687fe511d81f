"""Two methods compared where they gained alike."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_checkpoints
from skillprobe_core.measurements.study.matched_gain import matched_gain, measured_points
from skillprobe_core.measurements.study.pareto import gain_and_drop

TARGETS = [("calculation", "math")]
TESTED = ["correction", "difference", "difference_low", "difference_high", "p", "p_adjusted", "detectable_difference"]


def test_methods_are_compared_where_they_gained_alike(runs, tested, items) -> None:
    verdicts, base = runs
    careful, careless = (verdicts.filter(model=name) for name in ("careful", "careless"))
    table = matched_gain(careful, careless, base, items, TARGETS)
    assert table["step"].to_list() == table["other_step"].to_list() == [1, 2, 3]
    assert table["matched"].all()
    points = gain_and_drop(tested, TARGETS)
    for row in table.rows(named=True):
        mine = points.row(by_predicate=(pl.col("model") == "careful") & (pl.col("step") == row["step"]), named=True)
        assert (row["gain"], row["drop"]) == pytest.approx((mine["gain"], mine["drop"]))
        assert row["gap"] == pytest.approx(row["gain"] - row["other_gain"])
        assert row["correction"] == pytest.approx(row["slope"] * row["gap"])
        assert row["difference"] == pytest.approx(row["other_drop"] - row["drop"] + row["correction"])
        assert row["difference_low"] <= row["difference"] <= row["difference_high"]
        assert row["slope_low"] <= row["slope"] <= row["slope_high"]
        assert row["p_adjusted"] >= row["p"]
    assert table["difference"].is_sorted()
    assert table["p_adjusted"][2] < 0.02


def test_the_order_of_the_models_only_changes_the_sign(runs, items) -> None:
    verdicts, base = runs
    careful, careless = (verdicts.filter(model=name) for name in ("careful", "careless"))
    one, other = (
        matched_gain(careful, careless, base, items, TARGETS),
        matched_gain(careless, careful, base, items, TARGETS),
    )
    np.testing.assert_allclose(one["difference"], -other["difference"])
    np.testing.assert_allclose(one["p"], other["p"], atol=0.02)


def test_unmatched_gains_are_not_compared(runs, items) -> None:
    verdicts, base = runs
    late, early = verdicts.filter(model="careful", step=3), verdicts.filter(model="careless", step=1)
    row = matched_gain(late, early, base, items, TARGETS).row(0, named=True)
    assert not row["matched"]
    assert [row[name] for name in TESTED] == [None] * len(TESTED)
    assert "no checkpoint of careless gained within 0.03" in row["reason"]


def test_without_a_gain_the_cost_of_one_is_unknown(items, answered) -> None:
    """Both models answer the targets as the base does, so nothing is known of the drop per unit of gain."""
    rng = np.random.default_rng(4)
    right = rng.random(items.height) < 0.6
    target = ((items["skill"] == "calculation") & (items["domain"] == "math")).to_numpy()
    forgot = right & (target | (rng.random(items.height) < 0.7))
    one, other, base = (answered(items, each, name, 0) for each, name in ((right, "a"), (forgot, "b"), (right, "base")))
    row = matched_gain(one.with_columns(step=1), other.with_columns(step=1), base, items, TARGETS).row(0, named=True)
    assert row["matched"]
    assert row["difference"] is row["slope"] is None
    assert "too small to estimate" in row["reason"]


def test_all_cells_as_targets_leave_nothing_to_compare(runs, items) -> None:
    verdicts, base = runs
    careful = verdicts.filter(model="careful")
    cells = sorted(items.select("skill", "domain").unique().iter_rows())
    table = matched_gain(careful, careful.with_columns(model=pl.lit("twin")), base, items, cells)
    assert table["drop"].null_count() == table["difference"].null_count() == table.height
    assert set(table["reason"]) == {"every cell is a target"}


def test_noise_is_that_of_units_and_cells(items, answered) -> None:
    """Against the plain formula: the variance of a mean over cells of unit means, here with one item per unit."""
    rng = np.random.default_rng(8)
    right = rng.random((items.height, 3)) < [0.4, 0.6, 0.8]
    base, *steps = (answered(items, right[:, step], "m", step) for step in range(3))
    pairs = paired_checkpoints(pl.concat(steps), base, items)
    first = pairs["m", 1]
    shares = np.column_stack([first["base_share"], *(each["share"] for each in pairs.values())])
    points = measured_points(shares, first, TARGETS)
    target = first.select((pl.col("skill") == "calculation") & (pl.col("domain") == "math")).to_series().to_numpy()
    size = int(target.sum())
    assert points.gain == pytest.approx(shares[target].mean(axis=0) - shares[target, 0].mean())
    np.testing.assert_allclose(points.covariance[:3, :3], np.cov(shares[target].T) / size + np.eye(3) / size**2)
    np.testing.assert_allclose(points.covariance[:3, 3:], 0.0)
    cells = first.filter(~target).select("skill", "domain").unique().rows()
    outside = sum(
        np.cov(shares[first.select((pl.col("skill") == skill) & (pl.col("domain") == domain)).to_series()].T, ddof=0)
        / 60 / len(cells) ** 2
        for skill, domain in cells
    )  # fmt: skip
    units = int((~target).sum())
    expected = outside * units / (units - len(cells)) + np.eye(3) / units**2
    np.testing.assert_allclose(points.covariance[3:, 3:], expected)


def test_items_that_move_together_count_once(items, answered) -> None:
    """Every item twice, drawn together, is no more evidence than once; taken for twice the items it would be."""
    rng = np.random.default_rng(9)
    pairs = paired_checkpoints(
        answered(items, rng.random(items.height) < 0.7, "m", 1), answered(items, rng.random(items.height) < 0.5), items
    )["m", 1]
    shares = pairs.select("base_share", "share").to_numpy()
    twice = pl.concat([pairs, pairs])
    once, doubled = measured_points(shares, pairs, TARGETS), measured_points(np.vstack([shares] * 2), twice, TARGETS)
    np.testing.assert_allclose(once.gain, doubled.gain)
    np.testing.assert_allclose(once.covariance, doubled.covariance, atol=1e-3)
    assert once.freedom == doubled.freedom


def test_a_side_of_several_models_is_refused(runs, items) -> None:
    verdicts, base = runs
    with pytest.raises(StoreError, match="of 2 models, expected one"):
        matched_gain(verdicts, verdicts.filter(model="careful"), base, items, TARGETS)
