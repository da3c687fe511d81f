"""`checkpoints`: checks that the folder is complete and readable and fits its base."""

from __future__ import annotations

import polars as pl

from skillprobe_core.checkpoints.describe import describe
from skillprobe_core.checkpoints.validation import all_finite, same_shapes, same_tokenizer, validate
from skillprobe_core.measurements.checkpoints import CHECKPOINTS
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage


def _inputs(probe: Probe) -> dict[str, str]:
    return {
        "checkpoint": probe.identity.digest,
        "base": probe.base_identity.digest,
        "method": probe.checkpoint.method,
    }


def _compute(probe: Probe) -> pl.DataFrame:
    folder, base = probe.checkpoint.path, probe.base.path
    validate(folder)
    if not probe.is_base:
        same_tokenizer(folder, base)
        same_shapes(folder, base)
    all_finite(folder)
    return describe(probe.checkpoint, probe.base_identity.digest)


STAGE = Stage(CHECKPOINTS, code_version="1", inputs=_inputs, compute=_compute)
