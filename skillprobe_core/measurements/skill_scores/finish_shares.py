"""Changes of the shares of finished, cut, looped and still thinking completions, with a test."""

from __future__ import annotations

import numpy as np
import polars as pl

from skillprobe_core.benchmark.fair_reading import fair
from skillprobe_core.benchmark.judging.endings import Ending
from skillprobe_core.benchmark.units import with_units
from skillprobe_core.measurements.verdicts.answer_form import with_ending
from skillprobe_core.stats.sign_flips import FLIPS, adjusted_two_sided_p, sign_flips

SHARES = {str(ending): name for ending, name in zip(Ending, ("finished", "cut", "looped", "thinking"), strict=True)}
"""The share of each ending, as `skill_scores` names it before `_rate`."""


def finish_changes(
    verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame, flips: int = FLIPS
) -> pl.DataFrame:
    """The four shares of two checkpoints, and how surprising their differences are.

    Pairs by item; two-sided sign flips of the changes of units (`benchmark/units.py`), adjusted over the four shares
    (step-down max-T; Westfall and Young 1993).

    Args:
        verdicts: Rows of `verdicts` of one checkpoint.
        base_verdicts: Those of its base, or of another checkpoint.
        items: Their item set.
        flips: Number of sign flips.

    Returns:
        Columns share, before, after, p; one row per share, over the items that both answered.
    """
    units = with_units(items).select("item_id", "unit")
    pairs = units.join(_shares(base_verdicts), on="item_id").join(_shares(verdicts), on="item_id", suffix="_after")
    unit = pairs["unit"].rank("dense").to_numpy().astype(np.intp) - 1
    changes = [(pairs[f"{name}_after"] - pairs[name]).to_numpy() for name in SHARES.values()]
    sums = np.column_stack([np.bincount(unit, change) for change in changes]).astype(np.float64)
    p = adjusted_two_sided_p(sign_flips(sums, flips)) if sums.any() else np.ones(len(SHARES))
    means = [(pairs[name].mean(), pairs[f"{name}_after"].mean()) for name in SHARES.values()]
    rows = [(name, *both, value) for name, both, value in zip(SHARES.values(), means, p, strict=True)]
    schema = {"share": pl.String, "before": pl.Float64, "after": pl.Float64, "p": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _shares(verdicts: pl.DataFrame) -> pl.DataFrame:
    shares = [(pl.col("ending") == ending).fill_null(value=False).mean().alias(name) for ending, name in SHARES.items()]
    return with_ending(fair(verdicts)).group_by("item_id").agg(shares)
