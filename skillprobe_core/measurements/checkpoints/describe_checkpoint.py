"""A checkpoint as a row of the `checkpoints` table."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from skillprobe_core.models.model_validation import validate
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.identity import Identity
from skillprobe_core.runs.model_config import architecture, read_config
from skillprobe_core.runs.weights import open_weights

from .checkpoints_table import CHECKPOINTS


def describe(checkpoint: Checkpoint, base_digest: str, digests: Identity, tensors_digest: str) -> pl.DataFrame:
    """One row of table `checkpoints`; `base_digest` is the identity of the checkpoint that training started from.

    `digests` and `tensors_digest` are those of the checkpoint (see `identity` and `contents`); otherwise headers are
    read only. Raises CheckpointError for a checkpoint that cannot be evaluated.
    """
    validate(checkpoint.files)
    weights = open_weights(checkpoint.files)
    status = [file.stat() for file in weights.files]
    row = {
        "model": checkpoint.model,
        "step": checkpoint.step,
        "method": checkpoint.method,
        "base": base_digest,
        "path": str(checkpoint.path),
        "digest": digests.digest,
        "weights_digest": digests.weights_digest,
        "tensors_digest": tensors_digest,
        "tokenizer_digest": digests.tokenizer_digest,
        "architecture": architecture(read_config(checkpoint.files)),
        "dtype": weights.dtype,
        "parameter_count": weights.parameter_count,
        "weight_bytes": sum(each.st_size for each in status),
        "written_at": datetime.fromtimestamp(max(each.st_mtime for each in status), UTC),
    }
    return CHECKPOINTS.conform(pl.DataFrame([row]))
