"""Frames for a store in which a test plants only some columns."""

import math

import polars as pl

from skillprobe_core.engine.table import PROTOCOL, Column, Table


def filled(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as that table; a column that it lacks is null, or holds a filler if the table needs a value.

    The store adds `protocol`.
    """
    missing = [column for column in table.columns if column.name not in {*frame.columns, PROTOCOL.name}]
    return table.conform(frame.with_columns(_filler(column).alias(column.name) for column in missing))


def _filler(column: Column) -> pl.Expr:
    if column.may_be_null:
        return pl.lit(None, column.dtype)
    if column.dtype == pl.List:
        return pl.lit(pl.Series([[]], dtype=column.dtype)).first()
    if column.dtype == pl.String:
        return pl.lit("")
    # NaN, which means and studies leave out like a missing value.
    return pl.lit(math.nan if column.dtype == pl.Float64 else 0)
