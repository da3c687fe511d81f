"""Rules that sum a measure of single tensors up to one value for all tensors of a component, a layer or the model.

Each gives an expression over the rows of `parameter_stats`, one per tensor, that aggregates them to one value.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

_ROWS = pl.when(pl.col("shape").list.len() < 2).then(1).otherwise(pl.col("shape").list.first())
# Numbers that means are weighted by.
ELEMENTS = pl.col("elements")
ROWS = _ROWS
COLUMNS = pl.col("elements") // _ROWS
UPDATED = pl.col("elements") * (1.0 - pl.col("sparsity_relative"))
SMALLER_SIDE = pl.min_horizontal(ROWS, COLUMNS)


def root_of_squares(name: str) -> pl.Expr:
    """The norm of all tensors, as if they were one; null if no tensor has the measure."""
    return pl.when(pl.col(name).is_not_null().any()).then((pl.col(name) ** 2).sum().sqrt())


def mean_by(counts: pl.Expr) -> Callable[[str], pl.Expr]:
    """The mean over the tensors that have the measure, weighted by `counts`: for a share, the share of the whole."""

    def mean(name: str) -> pl.Expr:
        known = pl.col(name).is_not_null()
        weights = counts.filter(known).cast(pl.Float64)
        return ((pl.col(name).filter(known).cast(pl.Float64) * weights).sum() / weights.sum()).fill_nan(None)

    return mean


mean = mean_by(ELEMENTS)


def largest(name: str) -> pl.Expr:
    """The largest value of a tensor."""
    return pl.col(name).max()


def sum_of(name: str) -> pl.Expr:
    """The sum; null if no tensor has the measure."""
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum().cast(pl.Int64))


def quotient(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """The quotient; null if the denominator is not positive."""
    return pl.when(denominator > 0).then(numerator / denominator)
