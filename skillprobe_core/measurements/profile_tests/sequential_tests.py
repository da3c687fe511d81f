"""Sequential tests of a run in training, at one error rate over all looks."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from skillprobe_core.stats.sign_flips import sign_flips
from skillprobe_core.stats.significance import SIGNIFICANCE

from .families import families
from .joint_tests import unit_sums, well_formed_sums
from .paired_verdicts import paired_checkpoints

Array = NDArray[np.float64]

_COLUMNS = {
    "step": pl.Int64,
    "look": pl.Int64,
    "skill": pl.String,
    "domain": pl.String,
    "change": pl.Float64,
    "statistic": pl.Float64,
    "boundary": pl.Float64,
    "dropped": pl.Boolean,
    "first_step": pl.Int64,
}


def open_ended_spending(look: ArrayLike) -> Array:
    """Error spent by look 1, 2, ... when the number of looks is unknown: 5 % · k / (k + 1)."""
    look = np.asarray(look, float)
    return np.asarray(SIGNIFICANCE * look / (look + 1.0))


def boundaries(maxima: Array, spent: Array) -> Array:
    """Critical value of every look, such that the chance of having exceeded one of them by a look is `spent`.

    maxima: (flips, looks), the largest statistic of each look under the null; spent: (looks,), rising. Among the flips
    that exceeded no earlier boundary, as many exceed a look's boundary as its share of the error allows (Lan and DeMets
    1983, with the joint distribution by permutation). A look whose share is below one flip has the boundary infinity.
    The identity counts among the flips, which keeps the error rate exact. Later looks change no earlier boundary.
    """
    flips = len(maxima)
    alive = np.ones(flips, dtype=bool)
    found = np.full(maxima.shape[1], np.inf)
    for look in range(maxima.shape[1]):
        allowed = int(np.floor(spent[look] * (flips + 1))) - int((~alive).sum()) - 1
        standing = np.sort(maxima[alive, look])[::-1]
        if allowed < 0 or not len(standing):
            continue
        found[look] = standing[min(allowed, len(standing) - 1)]
        alive &= maxima[:, look] <= found[look]
    return found


def sequential_tests(verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """One row per step of one model and cell: the test for a drop at that look.

    The looks are the steps in order. If no cell drops, the chance that any cell is ever claimed to have dropped, over
    all looks, is at most 5 %; a claim is never withdrawn. A drop must show in the accuracy and, by the same test, in
    the accuracy among well-formed answers, so that a change of style is not claimed.
    Columns: step, look, skill, domain, change, statistic, boundary (a claim must exceed it), `dropped` (both did), and
    `first_step`, the step of the cell's first claim (null before that). No rows before the first look.
    Raises StoreError when the sides did not answer the same items.
    """
    pairs = {step: one for (_, step), one in paired_checkpoints(verdicts, base_verdicts, items).items()}
    if not pairs:
        return pl.DataFrame(schema=_COLUMNS)
    cells = {step: families(one)[0] for step, one in pairs.items()}
    sums = [unit_sums(pairs[step], cells[step]) for step in pairs]
    formed = [well_formed_sums(pairs[step], cells[step]) for step in pairs]
    groups = sums[0].shape[1]
    statistic, limit = _looks(sums)
    dropped = statistic > limit[:, None] + 1e-9
    if not all(map(np.array_equal, sums, formed)):
        of_formed, limit_of_formed = _looks(formed)
        dropped &= of_formed > limit_of_formed[:, None] + 1e-9
    rows = []
    for place, step in enumerate(pairs):
        size = np.bincount(cells[step].label, minlength=groups)
        rows.append(
            pl.DataFrame(
                {
                    "step": [step] * groups,
                    "look": [place + 1] * groups,
                    "skill": [skill for skill, _, _ in cells[step].groups],
                    "domain": [domain for _, domain, _ in cells[step].groups],
                    "change": sums[place].sum(axis=0) / size,
                    "statistic": -statistic[place],
                    "boundary": [-limit[place]] * groups,
                    "dropped": dropped[place],
                }
            )
        )
    first = pl.col("step").filter(pl.col("dropped")).min().over("skill", "domain")
    return pl.concat(rows).with_columns(
        pl.when(first <= pl.col("step")).then(first).otherwise(None).alias("first_step")
    )


def _looks(sums: list[Array]) -> tuple[Array, Array]:
    """The statistic of every look (row) and cell, and the boundary of every look; a drop is positive."""
    # A unit's flips do not depend on the columns, so all looks together need the memory of one.
    observed, furthest = [], []
    for one in sums:
        flips = sign_flips(one)
        observed.append(-flips.observed)
        furthest.append(-flips.flipped.min(axis=1))
    spent = open_ended_spending(np.arange(1, len(sums) + 1))
    return np.stack(observed), boundaries(np.column_stack(furthest), spent)
