"""`checkpoints`: checks that the folder is complete and readable and fits its base."""

from __future__ import annotations

import polars as pl

from skillprobe_core.checkpoints.describe import describe
from skillprobe_core.checkpoints.validation import all_finite, same_shapes, same_tokenizer, validate
from skillprobe_core.pipeline.probe import Probe
from skillprobe_core.pipeline.stage import Stage
from skillprobe_core.store.tables.checkpoints import CHECKPOINTS


def _inputs(probe: Probe) -> dict[str, str]:
    return {
        "checkpoint": probe.identity.digest,
        "base": probe.base_identity.digest,
        "method": probe.checkpoint.method,
    }


def _compute(probe: Probe) -> pl.DataFrame:
    files, base = probe.checkpoint.files, probe.base.files
    validate(files)
    if not probe.is_base:
        same_tokenizer(files, base)
        same_shapes(files, base)
    all_finite(files, probe.records)
    return describe(probe.checkpoint, probe.base_identity.digest, probe.identity, probe.tensors_digest)


STAGE = Stage(CHECKPOINTS, code_version="1", inputs=_inputs, compute=_compute)
