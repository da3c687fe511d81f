"""Comparison of two training methods at the same gain in the target cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_checkpoints
from skillprobe_core.stats.equal_gain import EqualGain, Points, equal_gain

from .target_cells import is_target

Array = NDArray[np.float64]

TOLERANCE = 0.03
_TESTED = ("correction", "difference", "difference_low", "difference_high", "p", "p_adjusted", "detectable_difference")


def matched_gain(
    verdicts: pl.DataFrame,
    other_verdicts: pl.DataFrame,
    base_verdicts: pl.DataFrame,
    items: pl.DataFrame,
    targets: list[tuple[str, str]],
) -> pl.DataFrame:
    """One row per checkpoint of one model: its drop outside the targets compared with the other's at equal gain.

    A method that learned less has forgotten less, so methods compare fairly only at equal gains (RL's Razor, arXiv
    2509.04259). Gain and drop are means over cells, as in `study_points`. Each checkpoint is compared with the other's
    of nearest gain. `skillprobe_core.stats.equal_gain` describes the test, which corrects for the gap between the two
    gains and counts the noise of both.

    Args:
        verdicts: All steps of one model.
        other_verdicts: All steps of another model of the same base.
        base_verdicts: Those of the base.
        items: The items answered.
        targets: (skill, domain) of the cells that were trained on.

    Returns:
        The computed columns of the table `matched_gain`. Without a test, its columns are null and `reason` gives the
        cause: no checkpoint of the other within TOLERANCE, every cell a target, no more units than cells, or an
        unknown slope.

    Raises:
        StoreError: A side holds several models, or the sides did not answer the same items.
    """
    mine, other = (_only(side) for side in (verdicts, other_verdicts))
    own_pairs, other_pairs = (paired_checkpoints(side, base_verdicts, items) for side in (verdicts, other_verdicts))
    runs = [
        PairedRun(model, {step: one for (_, step), one in pairs.items()})
        for model, pairs in ((mine, own_pairs), (other, other_pairs))
    ]
    return matched_runs(runs[0], runs[1], targets)


@dataclass(frozen=True, slots=True)
class PairedRun:
    """A model and the tables of `paired_items` of its checkpoints by step, in order."""

    model: str
    pairs: Mapping[int, pl.DataFrame]


def matched_runs(run: PairedRun, other_run: PairedRun, targets: list[tuple[str, str]]) -> pl.DataFrame:
    """`matched_gain` of two runs of one base that were paired with it before."""
    mine, other = run.model, other_run.model
    steps, other_steps = list(run.pairs), list(other_run.pairs)
    first = next(iter(run.pairs.values()))
    shares = [first["base_share"], *(pairs["share"] for each in (run, other_run) for pairs in each.pairs.values())]
    points = measured_points(np.column_stack([share.to_numpy() for share in shares]), first, targets)
    own = np.arange(1, len(steps) + 1)
    others = np.arange(len(steps) + 1, len(shares))
    found = equal_gain(points, own, others)
    theirs = others[found.nearest]
    table = pl.DataFrame(
        {
            "model": mine,
            "step": steps,
            "gain": points.gain[own],
            "drop": points.drop[own],
            "other_model": other,
            "other_step": np.array(other_steps)[found.nearest],
            "other_gain": points.gain[theirs],
            "other_drop": points.drop[theirs],
            "matched": np.abs(found.gap) <= TOLERANCE,
            "gap": found.gap,
            "slope": found.slope.estimate,
            "slope_low": found.slope.low,
            "slope_high": found.slope.high,
            "correction": found.slope.estimate * found.gap,
            "difference": found.difference,
            "difference_low": found.low,
            "difference_high": found.high,
            "p": found.p,
            "p_adjusted": found.p_adjusted,
            "detectable_difference": found.detectable,
        }
    )
    return _with_reason(table, found, points)


def measured_points(shares: Array, pairs: pl.DataFrame, targets: list[tuple[str, str]]) -> Points:
    """Gain, drop and their noise at every checkpoint, resampled by units.

    shares: (items, checkpoints), the base first; pairs: the items, from `paired_items`, in the same order. One invented
    item is added to the variance of each side, so that verdicts that never differ do not count as certain. A drop is
    NaN if every cell is a target, and the degrees of freedom are 0 if some side has no more units than cells.
    """
    chosen = pairs.select(is_target(targets)).to_series().to_numpy()
    cell = pairs.select(pl.struct("skill", "domain").rank("dense")).to_series().to_numpy().astype(np.intp) - 1
    unit = pairs["unit"].to_numpy()
    means, residuals, freedom = [], [], []
    for side in (chosen, ~chosen):
        mean, residual, free = _mean_of_cells(shares[side], cell[side], unit[side], int(unit.max()) + 1)
        means.append(mean - mean[0])
        residuals.append(residual)
        freedom.append(free)
    both = np.hstack([residuals[0], -residuals[1]])
    invented = np.repeat([1.0 / max(int(side.sum()), 1) ** 2 for side in (chosen, ~chosen)], shares.shape[1])
    return Points(means[0], -means[1], both.T @ both + np.diag(invented), float(max(min(freedom), 0)))


def _mean_of_cells(
    shares: Array, cell: NDArray[np.intp], unit: NDArray[np.intp], units: int
) -> tuple[Array, Array, int]:
    """Mean over cells of their accuracies, the residual of every unit in it, and its degrees of freedom."""
    if not len(shares):
        return np.full(shares.shape[1], np.nan), np.zeros((units, shares.shape[1])), 0
    _, cell = np.unique(cell, return_inverse=True)
    size = np.bincount(cell)
    means = np.zeros((len(size), shares.shape[1]))
    np.add.at(means, cell, shares / size[cell][:, None])
    residual = np.zeros((units, shares.shape[1]))
    np.add.at(residual, unit, (shares - means[cell]) / size[cell][:, None] / len(size))
    there = len(np.unique(unit))
    freedom = there - len(size)
    return means.mean(axis=0), residual * np.sqrt(there / max(freedom, 1)), freedom


def _with_reason(table: pl.DataFrame, found: EqualGain, points: Points) -> pl.DataFrame:
    cause = None
    if np.isnan(points.drop).any():
        cause = "every cell is a target"
    elif points.freedom < 1:
        cause = "there are no more units than cells, so the noise is unknown"
    elif not found.slope.bounded:
        cause = "the gains are too small to estimate the drop per unit of gain"
    unmatched = pl.format("no checkpoint of {} gained within {} as much", "other_model", pl.lit(TOLERANCE))
    reason = pl.when(~pl.col("matched")).then(unmatched).otherwise(pl.lit(cause, pl.String))
    table = table.with_columns(reason.alias("reason")).fill_nan(None)
    bounded = pl.lit(found.slope.bounded)
    table = table.with_columns(reason.alias("reason")).fill_nan(None)
    return table.with_columns(
        *(pl.when(bounded).then(name).alias(name) for name in ("slope", "slope_low", "slope_high")),
        *(pl.when(pl.col("reason").is_null()).then(name).alias(name) for name in _TESTED),
    )


def _only(verdicts: pl.DataFrame) -> str:
    models = verdicts["model"].unique().sort().to_list()
    if len(models) != 1:
        raise StoreError(
            f"the verdicts of one side are of {len(models)} models, expected one",
            remedy="pass the verdicts of one model",
        )
    return str(models[0])
