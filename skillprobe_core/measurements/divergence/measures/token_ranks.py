"""Rank of the text's token under both models."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.divergence import item_measures, token_measures
from skillprobe_core.measurements.divergence.divergence_measure import ON_REFERENCE, ItemMeasure, Measure
from skillprobe_core.measurements.divergence.item_measures import MOVED_TOKEN

BASE_RANK = Measure(
    name="base_rank",
    function=token_measures.base_rank,
    unit="ranks",
    of_item="Rank of the text's token under the base, minus 1, mean over tokens",
    of_token="Rank of the text's token under the base, minus 1",
    token_dtype=pl.Int32,
    order=140,
)

CHECKPOINT_RANK = Measure(
    name="checkpoint_rank",
    function=token_measures.checkpoint_rank,
    unit="ranks",
    of_item="The same under the checkpoint",
    of_token="Rank of the text's token under the checkpoint, minus 1",
    token_dtype=pl.Int32,
    order=150,
)

RANK_SHIFT = ItemMeasure(
    name="rank_shift",
    function=item_measures.rank_shift,
    meaning="The same under the model that did not write the text; null on reference text",
    may_be_null=ON_REFERENCE,
    order=160,
)

RANK_SHIFT_SHARE = ItemMeasure(
    name="rank_shift_share",
    function=item_measures.rank_shift_share,
    meaning="Share of tokens that this model does not rank first",
    may_be_null=ON_REFERENCE,
    order=170,
)

MOVED_MOST = ItemMeasure(
    name="moved_most",
    function=item_measures.moved_most,
    meaning="Up to five tokens with the largest change of rank, largest first",
    dtype=pl.List(MOVED_TOKEN),
    order=220,
)
