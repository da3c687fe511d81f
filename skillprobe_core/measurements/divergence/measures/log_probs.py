"""Log-probability of the text's token, and the sampled estimates of the KL from it."""

from __future__ import annotations

from skillprobe_core.measurements.divergence import item_measures, token_measures
from skillprobe_core.measurements.divergence.divergence_measure import ON_REFERENCE, ItemMeasure, Measure

BASE_LOG_PROB = Measure(
    name="base_log_prob",
    function=token_measures.base_log_prob,
    unit="nats",
    of_item="log p of the text's token, mean over tokens",
    of_token="log p of the text's token",
    order=180,
)

CHECKPOINT_LOG_PROB = Measure(
    name="checkpoint_log_prob",
    function=token_measures.checkpoint_log_prob,
    unit="nats",
    of_item="log q of the text's token, mean over tokens",
    of_token="log q of the text's token",
    order=190,
)

K1 = ItemMeasure(
    name="k1",
    function=item_measures.k1,
    meaning="Sampled estimate of the KL from the text's writer: log-ratio; may be negative",
    unit="nats",
    may_be_null=ON_REFERENCE,
    order=200,
)

K3 = ItemMeasure(
    name="k3",
    function=item_measures.k3,
    meaning="The same with o/w − 1 − log(o/w), w the writer, o the other; null on reference text",
    unit="nats",
    may_be_null=ON_REFERENCE,
    order=210,
)
