"""`verdicts`: judgement of each completion; never loads a model."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.generations import GENERATIONS
from skillprobe_core.measurements.verdicts import VERDICTS
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage
from skillprobe_core.scoring.verdicts import verdicts


def _inputs(probe: Probe) -> dict[str, str]:
    return {"generations": probe.stored_version(GENERATIONS), "items": probe.item_set}


def _compute(probe: Probe) -> pl.DataFrame:
    return verdicts(probe.stored(GENERATIONS), probe.items)


STAGE = Stage(VERDICTS, code_version="5", inputs=_inputs, compute=_compute)
