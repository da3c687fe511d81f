"""Probability of the tokens that are not compared, since only one of the models has them."""

from __future__ import annotations

from skillprobe_core.measurements.divergence import token_measures
from skillprobe_core.measurements.divergence.divergence_measure import EARLIER, Measure

BASE_MASS_OUTSIDE = Measure(
    name="base_mass_outside",
    function=token_measures.base_mass_outside,
    of_item="Base's probability of tokens that are not compared, mean over tokens; 0 if both have the same",
    of_token="Base's probability of tokens that are not compared",
    may_be_null=EARLIER,
    order=300,
)

CHECKPOINT_MASS_OUTSIDE = Measure(
    name="checkpoint_mass_outside",
    function=token_measures.checkpoint_mass_outside,
    of_item="Checkpoint's probability of tokens that are not compared, mean over tokens",
    of_token="Checkpoint's probability of tokens that are not compared",
    may_be_null=EARLIER,
    order=310,
)
