"""Calibration of a probe's checkpoint from the stored rows that its settings ask for."""

from __future__ import annotations

import polars as pl

from skillprobe_core.benchmark.twins.twin_registry import twin_kinds
from skillprobe_core.measurements.generations.generations_table import GENERATIONS
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.verdicts.verdicts_table import VERDICTS

from .calibrate import AGREEMENT, LIKELIHOOD, Twins, abstained, calibration, most_likely
from .option_likelihoods_table import OPTION_LIKELIHOODS
from .sample_agreement import agreement
from .twin_answers_table import TWIN_ANSWERS


def measure_calibration(probe: Probe) -> pl.DataFrame:
    """The rows of `calibration` of a probe's checkpoint; none if its settings ask for nothing."""
    settings, base = probe.settings, probe.of_base
    confidences = {}
    if settings.sampling.samples > 1:
        confidences[AGREEMENT] = (
            agreement(probe.stored(VERDICTS), probe.items),
            agreement(base.stored(VERDICTS), probe.items),
        )
    if settings.calibration.likelihood:
        confidences[LIKELIHOOD] = (
            most_likely(probe.stored(OPTION_LIKELIHOODS)),
            most_likely(base.stored(OPTION_LIKELIHOODS)),
        )
    twins = (_twins(probe), _twins(base)) if settings.calibration.twins else None
    return calibration(probe.items, confidences, twins, model=probe.checkpoint.model, step=probe.checkpoint.step)


def _twins(probe: Probe) -> Twins:
    items = probe.items.filter(pl.col("kind").is_in(list(twin_kinds())))
    read = abstained(probe.stored(GENERATIONS), probe.stored(VERDICTS), items)
    return Twins(probe.stored(TWIN_ANSWERS), read)
