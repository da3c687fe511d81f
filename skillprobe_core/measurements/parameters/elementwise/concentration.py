"""Concentration of the updated weights in rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from skillprobe_core.measurements.parameters import sums_of_tensors as whole
from skillprobe_core.measurements.parameters.parameter_measure import Measure

from .block import Block, Elementwise, Totals, ratio

if TYPE_CHECKING:
    import torch


def _partial(block: Block) -> dict[str, torch.Tensor]:
    updated = block.updated.float()  # counts below 2^24 are exact
    return {"row_updated": updated.sum(dim=1), "column_updated": updated.sum(dim=0)}


def _finish(totals: Totals) -> dict[str, float | None]:
    """`*_dispersion`: the variance of the update ratio over rows (columns), relative to that of independent draws."""
    measures: dict[str, float | None] = {}
    for side, other in (("row", "column"), ("column", "row")):
        counts, length = totals[f"{side}_updated"], len(totals[f"{other}_updated"])
        density = float(counts.sum()) / (len(counts) * length)
        measures[f"{side}s_updated"] = float(np.mean(counts > 0))
        measures[f"{side}_dispersion"] = ratio(float(np.var(counts)), length * density * (1.0 - density))
    return measures


_MEASURES = (
    Measure(
        name="rows_updated",
        meaning="Share of rows with a relative change above 1e-3 in any weight",
        whole=whole.mean_by(whole.ROWS),
    ),
    Measure(
        name="columns_updated",
        meaning="Share of columns with such a weight",
        whole=whole.mean_by(whole.COLUMNS),
    ),
    Measure(
        name="row_dispersion",
        meaning="Variance of updates per row over that of random places (1: no pattern)",
        whole=whole.mean,
        may_be_null="nothing changed",
    ),
    Measure(
        name="column_dispersion",
        meaning="Variance of updates per column, likewise",
        whole=whole.mean,
        may_be_null="nothing changed",
    ),
)
CONCENTRATION = Elementwise("concentration", _MEASURES, _partial, _finish, order=60)
