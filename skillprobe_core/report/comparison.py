"""Two checkpoints side by side, whichever models they belong to."""

from __future__ import annotations

import polars as pl

from skillprobe_core.analysis.profile_tests import profile_tests


def comparison(before: pl.DataFrame, after: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """The rows of `profile_tests` for the verdicts `after` against `before`, overall first, then skills, then cells.

    Raises StoreError when the two were not asked the same items.
    """
    model, step = after.select("model", "step").row(0)
    base_model, base_step = before.select("model", "step").row(0)
    tests = profile_tests(after, before, items, model=model, step=step, base_model=base_model, base_step=base_step)
    order = pl.col("scope").replace_strict({"overall": 0, "skill": 1, "domain": 2, "cell": 3}, return_dtype=pl.Int8)
    return tests.sort(order, "skill", "domain")
