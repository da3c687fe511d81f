"""Agreement on the most probable tokens."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.divergence import token_measures
from skillprobe_core.measurements.divergence.divergence_measure import Measure

TOP1_AGREEMENT = Measure(
    name="top1_agreement",
    function=token_measures.top1_agreement,
    of_item="Share of positions at which both models rank the same token first",
    of_token="True if both models rank the same token first",
    token_dtype=pl.Boolean,
    of_noise="Share of positions at which both rank the same token first, likewise",
    study="top-1 agreement",
    headline=True,
    order=120,
)

TOP10_OVERLAP = Measure(
    name="top10_overlap",
    function=token_measures.top10_overlap,
    of_item="Mean share of the ten most probable tokens that both have in common",
    of_token="Share of the ten most probable tokens that both have in common",
    study="top-10 overlap",
    order=130,
)
