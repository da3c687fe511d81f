"""`parameter_stats`: how far each weight tensor moved from the base's."""

from __future__ import annotations

import polars as pl

from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage
from skillprobe_core.store.tables.parameter_stats import PARAMETER_STATS


def _inputs(probe: Probe) -> dict[str, str]:
    return {"checkpoint": probe.identity.weights_digest, "base": probe.base_identity.weights_digest}


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.checkpoints.weights import open_weights
    from skillprobe_core.parameters.stats import parameter_stats

    base, checkpoint = open_weights(probe.base.path), open_weights(probe.checkpoint.path)
    return parameter_stats(base, checkpoint, model=probe.checkpoint.model, step=probe.checkpoint.step)


STAGE = Stage(PARAMETER_STATS, code_version="1", inputs=_inputs, compute=_compute, shared_base=True)
