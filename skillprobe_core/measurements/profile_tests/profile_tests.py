"""The paired tests of one checkpoint against its base: the `profile_tests` table."""

from __future__ import annotations

import polars as pl

from .collapse_settings import COLLAPSE_MARGIN
from .joint_tests import joint_tests
from .paired_verdicts import paired_items
from .profile_tests_table import PROFILE_TESTS


def profile_tests(
    verdicts: pl.DataFrame,
    base_verdicts: pl.DataFrame,
    items: pl.DataFrame,
    *,
    model: str,
    step: int,
    base_model: str,
    base_step: int = 0,
    margin: float = COLLAPSE_MARGIN,
) -> pl.DataFrame:
    """The `profile_tests` table of one checkpoint against another one, usually its base.

    Pairs by item; units are independent draws (`skillprobe_core.benchmark.units`). Cells, skills, domains,
    the whole and the kinds are five families; p-values are adjusted within each, and in `p_gated` over all of them, on
    one matrix of sign flips. `margin` is the drop
    that a collapse must exceed, to be fixed before looking at the data. The same verdicts give the same bytes.
    Raises StoreError when the two sides did not answer the same items.
    """
    tests = joint_tests([paired_items(verdicts, base_verdicts, items)], margin)
    if tests.is_empty():
        return pl.DataFrame(schema=PROFILE_TESTS.computed_schema)
    keys = [
        pl.lit(model).alias("model"),
        pl.lit(step, pl.Int64).alias("step"),
        pl.lit(items["item_set"][0]).alias("item_set"),
        pl.lit(base_model).alias("base_model"),
        pl.lit(base_step, pl.Int64).alias("base_step"),
        pl.lit(margin).alias("margin"),
    ]
    return PROFILE_TESTS.conform(tests.drop("checkpoint").with_columns(keys))
