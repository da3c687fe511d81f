"""`skill_scores`: accuracies per skill, domain and level."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.measurements.skill_scores import SKILL_SCORES
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage


def _inputs(probe: Probe) -> dict[str, str]:
    return {
        "verdicts": probe.stored_version(VERDICTS),
        "generations": probe.stored_version(GENERATIONS),
        "items": probe.item_set,
    }


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.scoring.skill_scores import skill_scores

    return skill_scores(probe.stored(VERDICTS), probe.items, probe.stored(GENERATIONS))


STAGE = Stage(SKILL_SCORES, code_version="3", inputs=_inputs, compute=_compute)
