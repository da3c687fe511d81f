"""Concentration of the updated weights in rows and columns."""

from __future__ import annotations

import numpy as np
import torch

from .block import Block, Elementwise, Totals, ratio


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


CONCENTRATION = Elementwise("concentration", _partial, _finish)
