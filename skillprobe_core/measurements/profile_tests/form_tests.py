"""Tests of the form of answers: changes of the shares of malformed, unparsed, truncated and looped ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from skillprobe_core.measurements.verdicts.answer_form import FORM_RATES
from skillprobe_core.stats.sign_flips import FLIPS, adjusted_two_sided_p, sign_flips


def form_p(pairs: Sequence[pl.DataFrame], flips: int = FLIPS) -> pl.DataFrame:
    """p-values of the change of every rate over all items, one row per checkpoint in the order of `pairs`.

    Two-sided sign flips of the units' changes, adjusted over the rates and the checkpoints (step-down max-T). Columns:
    each of `FORM_RATES` with `_p` after it.
    """
    sums = np.column_stack(
        [
            np.bincount(one["unit"].to_numpy(), (one[name] - one[f"base_{name}"]).to_numpy()).astype(float)
            for one in pairs
            for name in FORM_RATES
        ]
    )
    p = adjusted_two_sided_p(sign_flips(sums, flips)) if sums.any() else np.ones(sums.shape[1])
    return pl.DataFrame({f"{name}_p": p[place :: len(FORM_RATES)] for place, name in enumerate(FORM_RATES)})
