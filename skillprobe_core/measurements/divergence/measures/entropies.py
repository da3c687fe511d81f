"""Entropy of the output distributions."""

from __future__ import annotations

from skillprobe_core.measurements.divergence import token_measures
from skillprobe_core.measurements.divergence.divergence_measure import Measure

BASE_ENTROPY = Measure(
    name="base_entropy",
    function=token_measures.base_entropy,
    unit="nats",
    of_item="Entropy of the base's distribution, mean over the item's tokens",
    of_token="Entropy of the base's distribution",
    order=100,
)

ENTROPY_CHANGE = Measure(
    name="entropy_change",
    function=token_measures.entropy_change,
    unit="nats",
    of_item="Checkpoint's entropy minus the base's, mean over the tokens",
    of_token="Checkpoint's entropy minus the base's",
    study="entropy change (nats)",
    headline=True,
    order=110,
)
