"""The `elementwise_stats` table: measures of each tensor's weights one by one, before its spectra are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Need, Table
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.needs import BASE_WEIGHTS, WEIGHTS
from skillprobe_core.plugins import Live

from .base_spectra_table import codes_of
from .parameter_registry import OF_ELEMENTS, elementwise_measures
from .update_shown import update_figure, update_headline

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.runs.weights import Weights

TENSOR_COLUMNS = (
    Column(
        "tensor",
        pl.String,
        "Name of the tensor; slices of stacked experts are numbered: NAME[0]; rows of tokens that one side "
        "lacks are NAME[missing rows] and NAME[new rows]",
    ),
    Column(
        "compared_with",
        pl.String,
        "The compared checkpoint, whose weights are W0: `base`, or `previous` (an earlier one)",
    ),
    Column(
        "compared_step",
        pl.Int64,
        "Step of the compared checkpoint; 0 for the base",
        "steps",
    ),
    Column("base_tensor", pl.String, "The compared checkpoint's name for the tensor; null if it has no such tensor"),
    Column(
        "status",
        pl.String,
        "compared, tied, missing (only in the compared checkpoint), new, reshaped, quantised (not "
        "dequantised), or not_float",
    ),
    Column(
        "tied_to",
        pl.String,
        "For a tied tensor the one that it is tied to, where its weights count",
        may_be_null="no tensors are tied",
    ),
    Column(
        "component",
        pl.String,
        "attention_q, mlp_down, embedding, norm, head and so on; vision_audio, multi_token and value_head for "
        "all tensors outside the language model",
    ),
    Column(
        "layer",
        pl.Int32,
        "Transformer layer, from 0; null outside the layers",
        may_be_null="no tensor belongs to a layer",
    ),
    Column("shape", pl.List(pl.Int64), "Shape of the tensor"),
    Column("elements", pl.Int64, "Number of weights", "weights"),
    Column("base_dtype", pl.String, "Storage type of the compared checkpoint's tensor"),
    Column(
        "dtype",
        pl.String,
        "Storage type of the checkpoint's tensor; CODES*SCALES for quantised weights, BASE+ADAPTER for a LoRA "
        "update; TYPE (equality in OTHER) for master weights, whose sparsity_exact is that of the weights "
        "rounded to the other type",
    ),
)
"""Columns of a tensor and its comparison: all but `model`, `step` and the measures."""

LARGEST = (
    Column("base_largest", pl.Float64, "Largest |W0|"),
    Column("largest", pl.Float64, "Largest |W|"),
)
"""The columns that `parameter_stats` does not have."""


def previous_inputs(probe: Probe, table: Table) -> dict[str, str]:
    """Digest and step of the previous checkpoint, with which the weights are also compared; empty if there is none.

    Trainers delete old checkpoints: rows compared with a deleted one stay valid, and keep their version.
    """
    if probe.previous is not None and probe.previous_identity is not None:
        return {"previous": probe.previous_identity.weights_digest, "previous_step": str(probe.previous.step)}
    stored = probe.store.provenance(table, probe.partition(table))
    current = (table.version, table.code_version)
    if stored is None or (stored.table_version, stored.code_version) != current:
        return {}
    now = {**WEIGHTS.versions(probe), **BASE_WEIGHTS.versions(probe)}
    other_weights = any(stored.inputs.get(name) != digest for name, digest in now.items())
    if other_weights or not table.same_code(stored.inputs):
        return {}
    return {name: stored.inputs[name] for name in ("previous", "previous_step") if name in stored.inputs}


def _equality(probe: Probe) -> dict[str, str]:
    """The type in which master weights are compared for equality; nothing for all other weights.

    Only where it applies, so that rows of other checkpoints stay as they are.
    """
    from skillprobe_core.runs.weights import open_weights

    from .master_weights import type_of_equality

    if probe.is_base or probe.checkpoint.files.command or probe.base.files.command:
        return {}
    types = open_weights(probe.base.files).dtype, open_weights(probe.checkpoint.files).dtype
    found = type_of_equality(*types)
    return {} if found is None else {"equality": found}


EQUALITY = Need("equality", _equality)
CODES = Need("codes", lambda probe: codes_of(probe.base.files, probe.checkpoint.files))


def _previous(probe: Probe) -> dict[str, str]:
    return previous_inputs(probe, ELEMENTWISE_STATS)


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.measurements.parameters.spectral.on_device import spectra_device
    from skillprobe_core.runs.weights import open_weights

    from .elementwise_stats import elementwise_stats

    previous = usable_previous(probe)
    return elementwise_stats(
        open_weights(probe.base.files),
        open_weights(probe.checkpoint.files),
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        previous=previous,
        previous_step=probe.previous.step if probe.previous is not None and previous is not None else None,
        device=spectra_device(probe.device),
    )


def usable_previous(probe: Probe) -> Weights | None:
    """The previous checkpoint's weights; None if it is damaged, which its own probe reports."""
    from skillprobe_core.models.model_validation import all_finite, comparable_weights
    from skillprobe_core.runs.weights import open_weights

    if probe.previous is None or probe.previous_identity is None:
        return None
    try:
        comparable_weights(probe.previous.files, probe.base.files)
        all_finite(probe.previous.files, probe.records)
        return open_weights(probe.previous.files)
    except CheckpointError:
        return None


ELEMENTWISE_STATS = Table(
    name="elementwise_stats",
    version=1,
    about="One row per tensor and compared checkpoint: the measures of `parameter_stats` that take one pass over the "
    "weights, without spectra",
    key=("model", "step", "tensor", "compared_with"),
    columns=Live(
        lambda: (
            *CHECKPOINT_KEYS,
            *TENSOR_COLUMNS,
            *(measure.column for measure in elementwise_measures()),
            *LARGEST,
        )
    ),
    more="Weights are streamed; no model is loaded. `parameter_stats` takes these values and adds spectra, later.",
    needs=(WEIGHTS, BASE_WEIGHTS, Need("previous", _previous, asset="previous"), EQUALITY, CODES, OF_ELEMENTS),
    compute=_compute,
    shared_base=True,
    headline=update_headline,
    figure=Figure(update_figure),
    group="mechanisms",
    pool="weights",
    kinds=("numpy", "parquet"),
)
