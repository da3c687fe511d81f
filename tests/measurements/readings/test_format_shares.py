"""The share of a fall that is format, on planted verdicts."""

import numpy as np
import polars as pl
import pytest

from skillprobe_core.measurements.profile_tests.profile_tests import profile_tests
from skillprobe_core.measurements.readings.format_shares import format_shares

CELL = (pl.col("skill") == "calculation") & (pl.col("domain") == "math")


@pytest.fixture
def shares(items, answered):
    """A function of the right answers under the fair and under another reading, of base and checkpoint."""

    def compute(reading: str, fair: tuple, other: tuple) -> pl.DataFrame:
        base, own = (answered(items, right, model=name) for right, name in zip(fair, ("base", "tuned"), strict=True))
        read = [answered(items, right)["verdict"] for right in other]
        readings = own.select("item_id", "sample").with_columns(
            reading=pl.lit(reading), base_verdict=read[0], verdict=read[1]
        )
        tests = profile_tests(own, base, items, model="tuned", step=100, base_model="base")
        return format_shares(readings, own, base, tests, items, model="tuned", step=100)

    return compute


@pytest.fixture
def cell(items):
    """The items of the planted cell, as a mask."""
    return items.select(CELL.alias("cell"))["cell"].to_numpy()


def test_a_lost_format_is_all_of_the_fall_and_a_lost_skill_none(shares, cell):
    right = np.ones(cell.size, bool)
    lost = right & ~cell
    for other, share in ((right, 1.0), (lost, 0.0)):
        (row,) = shares("forced", (right, lost), (right, other)).filter(CELL).iter_rows(named=True)
        assert row["fell"]
        assert (row["fall"], row["format_share"], row["format_fall"]) == (1.0, share, share)
        assert row["share_low"] <= share <= row["share_high"]
        assert row["share_high"] - row["share_low"] < 0.1


def test_a_fall_of_both_is_divided(shares, cell):
    """Of 60 items 45 fall: 30 of them lost the format only."""
    right, number = np.ones(cell.size, bool), np.cumsum(cell)
    fair = ~cell | (number > 45)
    forced = ~cell | (number > 15)
    rows = shares("forced", (right, fair), (right, forced))
    (row,) = rows.filter(CELL).iter_rows(named=True)
    assert row["fall"] == pytest.approx(0.75)
    assert row["format_fall"] == pytest.approx(0.5)
    assert row["format_share"] == pytest.approx(2 / 3)
    assert 0.5 < row["share_low"] < 2 / 3 < row["share_high"] < 0.8
    assert row["format_low"] < 0.5 < row["format_high"]
    (whole,) = rows.filter(skill="all").iter_rows(named=True)
    assert whole["fall"] == pytest.approx(45 / 240)
    assert whole["format_share"] == pytest.approx(2 / 3)


def test_a_reading_that_helps_both_sides_alike_is_not_format(shares, cell):
    """Half of the base's answers are unread under the fair reading; the checkpoint loses the other half."""
    number = np.cumsum(np.ones(cell.size))
    base, own = number % 2 == 0, (number % 2 == 0) & ~cell
    helped = (base | (number % 4 == 1), own | (number % 4 == 1))
    (row,) = shares("elicited", (base, own), helped).filter(CELL).iter_rows(named=True)
    assert row["format_fall"] == 0
    assert row["lenient_accuracy"] > row["accuracy"]


def test_under_exact_the_fall_is_the_exact_one(shares, cell):
    right = np.ones(cell.size, bool)
    (row,) = shares("exact", (right, right), (right, ~cell)).filter(CELL).iter_rows(named=True)
    assert (row["fall"], row["format_share"], row["fell"]) == (1.0, 1.0, False)
    assert (row["accuracy"], row["lenient_accuracy"]) == (0.0, 1.0)


def test_a_fall_that_may_be_none_has_no_share(shares, cell):
    right, number = np.ones(cell.size, bool), np.cumsum(cell)
    fair = ~cell | (number > 1)
    (row,) = shares("forced", (right, fair), (right, right)).filter(CELL).iter_rows(named=True)
    assert row["fall"] == pytest.approx(1 / 60)
    assert row["fall_low"] <= 0
    assert (row["format_share"], row["share_low"], row["share_high"]) == (None, None, None)


def test_samples_count_by_their_share(shares, cell):
    """Two samples per item: the checkpoint loses the format in one of them."""
    right = np.ones((cell.size, 2), bool)
    fair = right.copy()
    fair[cell, 1] = False
    (row,) = shares("forced", (right, fair), (right, right)).filter(CELL).iter_rows(named=True)
    assert (row["fall"], row["format_fall"]) == (0.5, 0.5)


def test_without_rows_of_a_reading_nothing_is_stated(shares, cell):
    right = np.ones(cell.size, bool)
    rows = shares("exact", (right, right), (right, right))
    assert set(rows["reading"]) == {"exact"}
    assert set(rows["fall"]) == {0.0}
