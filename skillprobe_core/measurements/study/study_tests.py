"""The paired tests of many checkpoints together, adjusted over cells × steps."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.profile_tests.collapse_settings import COLLAPSE_MARGIN
from skillprobe_core.measurements.profile_tests.joint_tests import joint_tests
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_checkpoints
from skillprobe_core.measurements.profile_tests.profile_tests_table import PROFILE_TESTS
from skillprobe_core.stats.sign_flips import FLIPS

from .persistence import with_persistence


def study_tests(
    verdicts: pl.DataFrame,
    base_verdicts: pl.DataFrame,
    items: pl.DataFrame,
    *,
    base_model: str,
    margin: float = COLLAPSE_MARGIN,
    flips: int = FLIPS,
) -> pl.DataFrame:
    """`profile_tests` of every checkpoint in `verdicts`, with p-values and limits adjusted over all of them.

    verdicts: those of any number of models and steps that share one base. The flips are shared by cells, steps and
    models, so that the adjustment accounts for their correlation (Westfall and Young 1993) and costs less power than
    Bonferroni's. The last column `persistent` is true for a collapse at two consecutive evaluated steps.
    Raises StoreError when the sides did not answer the same items.
    """
    pairs = paired_checkpoints(verdicts, base_verdicts, items)
    tests = joint_tests(list(pairs.values()), margin, flips)
    if tests.is_empty():
        return with_persistence(pl.DataFrame(schema=PROFILE_TESTS.computed_schema))
    named = pl.DataFrame(
        [(place, model, step) for place, (model, step) in enumerate(pairs)],
        schema={"checkpoint": pl.Int32, "model": pl.String, "step": pl.Int64},
        orient="row",
    )
    keys = [
        pl.lit(items["item_set"][0]).alias("item_set"),
        pl.lit(base_model).alias("base_model"),
        pl.lit(0, pl.Int64).alias("base_step"),
        pl.lit(margin).alias("margin"),
    ]
    tests = tests.join(named, on="checkpoint", maintain_order="left").drop("checkpoint").with_columns(keys)
    return with_persistence(PROFILE_TESTS.conform(tests))
