"""The divergence measures, in the order of their columns. To add one, write its function and an entry here.

From an entry follow its columns in the tables `logit_divergence`, `token_divergence` and `noise_floor`, its mean over
an item's tokens, the measures of a study, the headline, figure and check in Dagster.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from skillprobe_core.engine.table import Column

from . import item_measures
from . import token_measures as measures
from .divergence_measure import ItemMeasure, Measure
from .item_measures import MOVED_TOKEN

# Raise it when a measure is added, removed or defined in another way: stored divergences are then computed again.
VERSION: Final = 1

_ON_REFERENCE = "only reference text was measured"

MEASURES: Final[tuple[Measure | ItemMeasure, ...]] = (
    Measure(
        name="forward_kl",
        function=measures.forward_kl,
        unit="nats",
        of_item="KL(p‖q), mean over the item's tokens; null if it has none",
        of_token="KL(p‖q)",
        of_noise="KL(reference‖variation) on reference answers; null without logits",
        at_least=0.0,
        study="forward KL (nats)",
        headline=True,
        figure="forward KL (nats)",
    ),
    Measure(
        name="reverse_kl",
        function=measures.reverse_kl,
        unit="nats",
        of_item="KL(q‖p), mean over the item's tokens",
        of_token="KL(q‖p)",
        of_noise="KL(variation‖reference), likewise",
        at_least=0.0,
        study="reverse KL (nats)",
        headline=True,
    ),
    Measure(
        name="js",
        function=measures.js,
        unit="nats",
        of_item="Jensen–Shannon divergence, mean over the item's tokens, at most ln 2",
        of_token="Jensen–Shannon divergence, at most ln 2",
        of_noise="Jensen–Shannon divergence, likewise",
        at_least=0.0,
        study="JS (nats)",
        headline=True,
        figure="JS (nats)",
    ),
    Measure(
        name="tv",
        function=measures.tv,
        of_item="Total variation distance, mean over the item's tokens, at most 1",
        of_token="Total variation distance, at most 1",
        at_least=0.0,
        study="total variation",
        headline=True,
    ),
    ItemMeasure(
        name="forward_kl_p50",
        function=item_measures.quantile("forward_kl", 0.5),
        meaning="Median of KL(p‖q) over the item's tokens",
        unit="nats",
    ),
    ItemMeasure(
        name="forward_kl_p90",
        function=item_measures.quantile("forward_kl", 0.9),
        meaning="90 % quantile of KL(p‖q) over the item's tokens",
        unit="nats",
    ),
    ItemMeasure(
        name="forward_kl_p99",
        function=item_measures.quantile("forward_kl", 0.99),
        meaning="99 % quantile of KL(p‖q) over the item's tokens",
        unit="nats",
        study="99 % quantile of forward KL",
    ),
    ItemMeasure(
        name="forward_kl_max",
        function=item_measures.quantile("forward_kl", 1.0),
        meaning="Largest KL(p‖q) of the item's tokens",
        unit="nats",
    ),
    ItemMeasure(
        name="moved_share",
        function=item_measures.moved_share,
        meaning="Share of tokens with a Jensen–Shannon divergence above 0.1 nats",
        study="share of tokens with JS > 0.1",
        figure="share of tokens moved",
    ),
    Measure(
        name="base_entropy",
        function=measures.base_entropy,
        unit="nats",
        of_item="Entropy of the base's distribution, mean over the item's tokens",
        of_token="Entropy of the base's distribution",
    ),
    Measure(
        name="entropy_change",
        function=measures.entropy_change,
        unit="nats",
        of_item="Checkpoint's entropy minus the base's, mean over the tokens",
        of_token="Checkpoint's entropy minus the base's",
        study="entropy change (nats)",
        headline=True,
    ),
    Measure(
        name="top1_agreement",
        function=measures.top1_agreement,
        of_item="Share of positions at which both models rank the same token first",
        of_token="True if both models rank the same token first",
        token_dtype=pl.Boolean,
        of_noise="Share of positions at which both rank the same token first, likewise",
        study="top-1 agreement",
        headline=True,
    ),
    Measure(
        name="top10_overlap",
        function=measures.top10_overlap,
        of_item="Mean share of the ten most probable tokens that both have in common",
        of_token="Share of the ten most probable tokens that both have in common",
        study="top-10 overlap",
    ),
    Measure(
        name="base_rank",
        function=measures.base_rank,
        unit="ranks",
        of_item="Rank of the text's token under the base, minus 1, mean over tokens",
        of_token="Rank of the text's token under the base, minus 1",
        token_dtype=pl.Int32,
    ),
    Measure(
        name="checkpoint_rank",
        function=measures.checkpoint_rank,
        unit="ranks",
        of_item="The same under the checkpoint",
        of_token="Rank of the text's token under the checkpoint, minus 1",
        token_dtype=pl.Int32,
    ),
    ItemMeasure(
        name="rank_shift",
        function=item_measures.rank_shift,
        meaning="The same under the model that did not write the text; null on reference",
        may_be_null=_ON_REFERENCE,
    ),
    ItemMeasure(
        name="rank_shift_share",
        function=item_measures.rank_shift_share,
        meaning="Share of tokens that this model does not rank first",
        may_be_null=_ON_REFERENCE,
    ),
    Measure(
        name="base_log_prob",
        function=measures.base_log_prob,
        unit="nats",
        of_item="log p of the text's token, mean over tokens",
        of_token="log p of the text's token",
    ),
    Measure(
        name="checkpoint_log_prob",
        function=measures.checkpoint_log_prob,
        unit="nats",
        of_item="log q of the text's token, mean over tokens",
        of_token="log q of the text's token",
    ),
    ItemMeasure(
        name="k1",
        function=item_measures.k1,
        meaning="Sampled estimate of the KL from the text's writer: log-ratio; may be negative",
        unit="nats",
        may_be_null=_ON_REFERENCE,
    ),
    ItemMeasure(
        name="k3",
        function=item_measures.k3,
        meaning="The same with o/w − 1 − log(o/w), w the writer, o the other; null on reference",
        unit="nats",
        may_be_null=_ON_REFERENCE,
    ),
    ItemMeasure(
        name="moved_most",
        function=item_measures.moved_most,
        meaning="Up to five tokens with the largest change of rank, largest first",
        dtype=pl.List(MOVED_TOKEN),
    ),
)


def per_token() -> tuple[Measure, ...]:
    """The measures at one token."""
    return tuple(measure for measure in MEASURES if isinstance(measure, Measure))


def item_columns() -> tuple[Column, ...]:
    """Their columns in `logit_divergence`."""
    return tuple(column for measure in MEASURES if (column := measure.column))


def token_columns() -> tuple[Column, ...]:
    """Their columns in `token_divergence`."""
    return tuple(
        Column(measure.name, measure.token_dtype, measure.of_token, measure.unit)
        for measure in per_token()
        if measure.of_token
    )


def noise_columns() -> tuple[Column, ...]:
    """Their columns in `noise_floor`."""
    return tuple(
        Column(measure.name, pl.Float64, measure.of_noise, measure.unit, may_be_null="no variation gives logits")
        for measure in per_token()
        if measure.of_noise
    )


def study_measures() -> dict[str, str]:
    """Names of those that a study records per checkpoint, and their labels."""
    return {measure.name: measure.study for measure in MEASURES if measure.study}


def headline_measures() -> tuple[str, ...]:
    """Names of those that Dagster shows with the table."""
    return tuple(measure.name for measure in MEASURES if measure.headline)


def figure_titles() -> dict[str, str]:
    """Names of those with a panel in the table's figure, and the panels' titles."""
    return {measure.name: measure.figure for measure in MEASURES if measure.figure}


def lower_bounds() -> dict[str, float]:
    """Names of those with a lower bound, and the bounds."""
    return {measure.name: measure.at_least for measure in MEASURES if measure.at_least is not None}
