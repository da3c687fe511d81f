"""Rules that sum tensors up: as if all tensors were one."""

import polars as pl
import pytest

from skillprobe_core.measurements.parameters import sums_of_tensors as whole

TENSORS = pl.DataFrame(
    {
        "shape": [[4, 5], [6], [2, 3, 5]],
        "elements": [20, 6, 30],
        "sparsity_relative": [0.5, 1.0, 0.9],
        "norm": [3.0, 4.0, 12.0],
        "share": [0.1, 0.4, None],
        "rank": [2, None, 3],
    }
)


def value(rule: pl.Expr, frame: pl.DataFrame = TENSORS) -> object:
    return frame.select(rule.alias("value"))["value"].item()


def test_a_norm_is_that_of_all_weights() -> None:
    assert value(whole.root_of_squares("norm")) == pytest.approx(13.0)


def test_a_share_is_weighted_by_its_counts_over_the_tensors_that_have_it() -> None:
    assert value(whole.mean("share")) == pytest.approx((20 * 0.1 + 6 * 0.4) / 26)
    assert value(whole.mean_by(whole.ROWS)("share")) == pytest.approx((4 * 0.1 + 1 * 0.4) / 5)
    assert value(whole.mean_by(whole.COLUMNS)("share")) == pytest.approx((5 * 0.1 + 6 * 0.4) / 11)
    assert value(whole.mean_by(whole.UPDATED)("share")) == pytest.approx(0.1)


def test_sides_are_those_of_the_matrix_that_a_tensor_is() -> None:
    sides = TENSORS.select(
        whole.ROWS.alias("rows"), whole.COLUMNS.alias("columns"), whole.SMALLER_SIDE.alias("smaller")
    )
    assert sides.rows() == [(4, 5, 4), (1, 6, 1), (2, 15, 2)]


def test_what_no_tensor_has_is_null() -> None:
    nothing = TENSORS.with_columns(share=pl.lit(None, pl.Float64), rank=pl.lit(None, pl.Int64))
    assert value(whole.mean("share"), nothing) is None
    assert value(whole.sum_of("rank"), nothing) is None
    assert value(whole.sum_of("rank")) == 5
    assert value(whole.largest("share")) == 0.4


@pytest.mark.parametrize(("denominator", "quotient"), [(4.0, 0.5), (0.0, None), (-1.0, None)])
def test_a_quotient_needs_a_positive_denominator(denominator: float, quotient: float | None) -> None:
    assert value(whole.quotient(pl.lit(2.0), pl.lit(denominator)), TENSORS.head(1)) == quotient
