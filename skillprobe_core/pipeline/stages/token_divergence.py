"""`token_divergence`: the same divergences token by token, if enabled in the settings."""

from __future__ import annotations

import polars as pl

from skillprobe_core.measurements.token_divergence import TOKEN_DIVERGENCE
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage

from . import logit_divergence


def _compute(probe: Probe) -> pl.DataFrame:
    found = logit_divergence.measure(probe, with_tokens=True)
    # The pass also gave the item rows. Stored under that stage's provenance, they spare it a pass of its own.
    stage = logit_divergence.STAGE
    probe.store.write(stage.table, probe.partition, found.items, stage.provenance(probe))
    assert found.tokens is not None
    return found.tokens


STAGE = Stage(TOKEN_DIVERGENCE, code_version="2", inputs=logit_divergence.inputs, compute=_compute, shared_base=True)
