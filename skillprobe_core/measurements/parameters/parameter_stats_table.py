"""The `parameter_stats` table: statistics of each tensor and its update."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.presentation import Figure, Shown
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Need, Table
from skillprobe_core.engine.up_to_date import bring_up_to_date
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.needs import BASE_WEIGHTS, WEIGHTS
from skillprobe_core.plugins import Live

from .base_spectra_table import BASE_SPECTRA, SPECTRA, codes_of
from .parameter_registry import OF_TENSORS, columns, headline_measures

if TYPE_CHECKING:
    from skillprobe_core.measurements.probe import Probe
    from skillprobe_core.runs.weights import Weights


def previous_inputs(probe: Probe) -> dict[str, str]:
    """Digest and step of the previous checkpoint, with which the weights are also compared; empty if there is none.

    Trainers delete old checkpoints: rows compared with a deleted one stay valid, and keep their version.
    """
    if probe.previous is not None and probe.previous_identity is not None:
        return {"previous": probe.previous_identity.weights_digest, "previous_step": str(probe.previous.step)}
    stored = probe.store.provenance(PARAMETER_STATS, probe.partition(PARAMETER_STATS))
    current = (PARAMETER_STATS.version, PARAMETER_STATS.code_version)
    if stored is None or (stored.table_version, stored.code_version) != current:
        return {}
    now = {**WEIGHTS.versions(probe), **BASE_WEIGHTS.versions(probe)}
    other_weights = any(stored.inputs.get(name) != digest for name, digest in now.items())
    if other_weights or not PARAMETER_STATS.same_code(stored.inputs):
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


_EQUALITY = Need("equality", _equality)
_CODES = Need("codes", lambda probe: codes_of(probe.base.files, probe.checkpoint.files))
_PREVIOUS = Need("previous", previous_inputs, asset="previous")
# Spectra are a function of the base's weights, which are an input already.
_SPECTRA = Need("base_spectra", lambda _: {}, BASE_SPECTRA)


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.measurements.parameters.spectral.on_device import spectra_device
    from skillprobe_core.runs.weights import open_weights

    from .parameter_stats import parameter_stats

    base, checkpoint = open_weights(probe.base.files), open_weights(probe.checkpoint.files)
    previous = _usable_previous(probe)
    return parameter_stats(
        base,
        checkpoint,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        previous=previous,
        previous_step=probe.previous.step if probe.previous is not None and previous is not None else None,
        base_spectra=bring_up_to_date(BASE_SPECTRA, probe).path if BASE_SPECTRA.enabled(probe) else None,
        spectra=probe.settings.parameters.spectra,
        device=spectra_device(probe.device),
    )


def _usable_previous(probe: Probe) -> Weights | None:
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


def _headline(frame: pl.DataFrame) -> Shown:
    from .left_out import left_out
    from .parameter_summary import model_summary
    from .spectra_sample import sample_line

    of_base = frame.filter(pl.col("compared_with") == "base")
    whole = model_summary(of_base).filter(pl.col("scope") == "model")
    row = whole.row(0, named=True) if whole.height else {}
    shown = {name: row[name] for name in headline_measures() if row.get(name) is not None}
    said = {"not_compared": left_out(of_base), "spectra": sample_line(of_base)}
    return {**shown, **_since_previous(frame), **{name: line for name, line in said.items() if line}}


def _since_previous(frame: pl.DataFrame) -> Shown:
    """Agreement of this update with the previous checkpoint's: means over tensors, weighted by their elements."""
    rows = frame.filter(pl.col("compared_with") == "previous", pl.col("update_jaccard").is_not_null())
    if rows.is_empty():
        return {}
    names = ("update_cosine", "update_jaccard", "update_jaccard_chance")
    means = rows.select((pl.col(*names) * pl.col("elements")).sum() / pl.col("elements").sum())
    return {"previous_step": rows["compared_step"][0], **means.row(0, named=True)}


def _figure(weights: pl.DataFrame, *_: object) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import heat_map

    from .parameter_summary import model_summary

    layers = model_summary(weights).filter((pl.col("scope") == "layer") & (pl.col("compared_with") == "base"))
    steps, numbers = (layers[name].unique().sort().to_list() for name in ("step", "layer"))
    found = {(row[0], row[1]): row[2] for row in layers.select("layer", "step", "relative_norm").iter_rows()}
    values = [[found.get((layer, step)) for step in steps] for layer in numbers]
    names = [f"layer {layer}" for layer in numbers]
    return (
        heat_map("relative norm of the update", [str(step) for step in steps], names, values),
        "relative norm of the weight update by layer and step",
    )


PARAMETER_STATS = Table(
    name="parameter_stats",
    version=2,
    about="One row per tensor and compared checkpoint: its weights W, that checkpoint's weights W0, and the update "
    "D = W - W0",
    key=("model", "step", "tensor", "compared_with"),
    columns=Live(
        lambda: (
            *CHECKPOINT_KEYS,
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
                formerly="reference",
            ),
            Column(
                "compared_step",
                pl.Int64,
                "Step of the compared checkpoint; 0 for the base",
                "steps",
                formerly="reference_step",
            ),
            Column(
                "base_tensor", pl.String, "The compared checkpoint's name for the tensor; null if it has no such tensor"
            ),
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
            *columns(),
        )
    ),
    more="Weights are streamed; no model is loaded.",
    needs=(WEIGHTS, BASE_WEIGHTS, _PREVIOUS, _SPECTRA, SPECTRA, _EQUALITY, _CODES, OF_TENSORS),
    compute=_compute,
    code_version="3",
    shared_base=True,
    headline=_headline,
    figure=Figure(_figure),
    group="mechanisms",
    pool="weights",
    kinds=("numpy", "parquet"),
)
