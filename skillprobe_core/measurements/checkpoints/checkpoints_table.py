"""The `checkpoints` table: the evaluated checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure, Shown
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table
from skillprobe_core.measurements.needs import CHECKPOINT, setting

if TYPE_CHECKING:
    from skillprobe_core.engine.store import Store
    from skillprobe_core.measurements.probe import Probe


# A setting, not the base's asset: a changed base makes only the assets that compare with it stale.
_BASE = setting("base", lambda probe: probe.base_identity.digest)


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.models.model_validation import all_finite, comparable_weights, validate

    from .describe_checkpoint import describe

    files, base = probe.checkpoint.files, probe.base.files
    validate(files)
    if not probe.is_base:
        comparable_weights(files, base)
    all_finite(files, probe.records)
    return describe(probe.checkpoint, probe.base_identity.digest, probe.identity, probe.tensors_digest)


def _headline(frame: pl.DataFrame) -> Shown:
    row = frame.row(0, named=True)
    return {
        "folder": Path(row["path"]),
        "method": row["method"],
        "digest": row["digest"],
        "parameters": row["parameter_count"],
        "dtype": row["dtype"],
    }


def _figure(frame: pl.DataFrame, store: Store, protocol: str | None) -> tuple[str, str]:
    from .run_figure import run_figure

    return run_figure(store, protocol, frame)


CHECKPOINTS = Table(
    name="checkpoints",
    version=2,
    about="One row per complete checkpoint",
    key=("model", "step"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("method", pl.String, "Training method of the model: base, sft, rl or the user's own word"),
        Column("base", pl.String, "Digest of the checkpoint that the training started from"),
        Column("path", pl.String, "Folder that it was first read from"),
        Column("digest", pl.String, "Identity: SHA-256 over weights, configuration and tokenizer"),
        Column("weights_digest", pl.String, "SHA-256 over the weight files"),
        Column(
            "tensors_digest",
            pl.String,
            "SHA-256 over the tensors: equal for the same weights in other files",
            may_be_null="an earlier version wrote the row",
        ),
        Column("tokenizer_digest", pl.String, "SHA-256 over the tokenizer files, including the chat template"),
        Column("architecture", pl.String, "Model class named in the configuration"),
        Column("dtype", pl.String, "Storage type of most parameters"),
        Column("parameter_count", pl.Int64, "Number of stored parameters, tied ones counted once", "parameters"),
        Column("weight_bytes", pl.Int64, "Size of the weight files at the first read", "bytes"),
        Column("written_at", pl.Datetime("us", "UTC"), "Time at which the last weight file was written"),
    ),
    more="The checkpoint is readable and compatible with its base. The data version is its digest.",
    needs=(CHECKPOINT, _BASE, setting("method", lambda probe: probe.checkpoint.method)),
    compute=_compute,
    headline=_headline,
    figure=Figure(_figure),
    group="checkpoints",
    kinds=("huggingface", "parquet"),
    versioned_by="checkpoint",
    readable_since=1,
)
