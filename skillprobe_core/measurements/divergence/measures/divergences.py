"""Divergences between the two output distributions, and how they spread over an item's tokens."""

from __future__ import annotations

from skillprobe_core.measurements.divergence import item_measures, token_measures
from skillprobe_core.measurements.divergence.divergence_measure import ItemMeasure, Measure

FORWARD_KL = Measure(
    name="forward_kl",
    function=token_measures.forward_kl,
    unit="nats",
    of_item="KL(p‖q), mean over the item's tokens; null if it has none",
    of_token="KL(p‖q)",
    of_noise="KL(baseline‖variation) on reference answers; null without logits",
    at_least=0.0,
    study="forward KL (nats)",
    headline=True,
    figure="forward KL (nats)",
    order=10,
)

REVERSE_KL = Measure(
    name="reverse_kl",
    function=token_measures.reverse_kl,
    unit="nats",
    of_item="KL(q‖p), mean over the item's tokens",
    of_token="KL(q‖p)",
    of_noise="KL(variation‖baseline), likewise",
    at_least=0.0,
    study="reverse KL (nats)",
    headline=True,
    order=20,
)

JS = Measure(
    name="js",
    function=token_measures.js,
    unit="nats",
    of_item="Jensen–Shannon divergence, mean over the item's tokens, at most ln 2",
    of_token="Jensen–Shannon divergence, at most ln 2",
    of_noise="Jensen–Shannon divergence, likewise",
    at_least=0.0,
    study="JS (nats)",
    headline=True,
    figure="JS (nats)",
    order=30,
)

TV = Measure(
    name="tv",
    function=token_measures.tv,
    of_item="Total variation distance, mean over the item's tokens, at most 1",
    of_token="Total variation distance, at most 1",
    at_least=0.0,
    study="total variation",
    headline=True,
    order=40,
)

FORWARD_KL_P50 = ItemMeasure(
    name="forward_kl_p50",
    function=item_measures.quantile("forward_kl", 0.5),
    meaning="Median of KL(p‖q) over the item's tokens",
    unit="nats",
    order=50,
)

FORWARD_KL_P90 = ItemMeasure(
    name="forward_kl_p90",
    function=item_measures.quantile("forward_kl", 0.9),
    meaning="90 % quantile of KL(p‖q) over the item's tokens",
    unit="nats",
    order=60,
)

FORWARD_KL_P99 = ItemMeasure(
    name="forward_kl_p99",
    function=item_measures.quantile("forward_kl", 0.99),
    meaning="99 % quantile of KL(p‖q) over the item's tokens",
    unit="nats",
    study="99 % quantile of forward KL",
    order=70,
)

FORWARD_KL_MAX = ItemMeasure(
    name="forward_kl_max",
    function=item_measures.quantile("forward_kl", 1.0),
    meaning="Largest KL(p‖q) of the item's tokens",
    unit="nats",
    order=80,
)

MOVED_SHARE = ItemMeasure(
    name="moved_share",
    function=item_measures.moved_share,
    meaning="Share of tokens with a Jensen–Shannon divergence above 0.1 nats",
    study="share of tokens with JS > 0.1",
    figure="share of tokens moved",
    order=90,
)
