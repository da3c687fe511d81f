"""The `parameter_stats` table: statistics of each tensor and its update."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from skillprobe_core.engine.run import bring_up_to_date
from skillprobe_core.engine.shown import Figure, Shown
from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Need, Table
from skillprobe_core.errors import CheckpointError
from skillprobe_core.measurements.base_spectra import BASE_SPECTRA
from skillprobe_core.measurements.needs import BASE_WEIGHTS, WEIGHTS

if TYPE_CHECKING:
    from skillprobe_core.checkpoints.weights import Weights
    from skillprobe_core.pipeline.probe import Probe
    from skillprobe_core.store.parquet import Store


def previous_inputs(probe: Probe) -> dict[str, str]:
    """Digest and step of the previous checkpoint, the second reference; empty if there is none.

    Trainers delete old checkpoints: rows compared with a deleted one stay valid, and keep their version.
    """
    if probe.previous is not None and probe.previous_identity is not None:
        return {"previous": probe.previous_identity.weights_digest, "previous_step": str(probe.previous.step)}
    stored = probe.store.provenance(PARAMETER_STATS, probe.partition(PARAMETER_STATS))
    current = (PARAMETER_STATS.version, PARAMETER_STATS.code_version)
    if stored is None or (stored.table_version, stored.code_version) != current:
        return {}
    now = {**WEIGHTS.versions(probe), **BASE_WEIGHTS.versions(probe)}
    if any(stored.inputs.get(name) != digest for name, digest in now.items()):
        return {}
    return {name: stored.inputs[name] for name in ("previous", "previous_step") if name in stored.inputs}


_PREVIOUS = Need("previous", previous_inputs, asset="previous")
# Spectra are a function of the base's weights, which are an input already.
_SPECTRA = Need("base_spectra", lambda _: {}, BASE_SPECTRA)


def _compute(probe: Probe) -> pl.DataFrame:
    from skillprobe_core.checkpoints.weights import open_weights
    from skillprobe_core.parameters.spectral.on_device import spectra_device
    from skillprobe_core.parameters.stats import parameter_stats

    base, checkpoint = open_weights(probe.base.files), open_weights(probe.checkpoint.files)
    previous = _usable_previous(probe)
    return parameter_stats(
        base,
        checkpoint,
        model=probe.checkpoint.model,
        step=probe.checkpoint.step,
        previous=previous,
        previous_step=probe.previous.step if probe.previous is not None and previous is not None else None,
        base_spectra=bring_up_to_date(BASE_SPECTRA, probe).path,
        device=spectra_device(probe.settings.compute.device),
    )


def _usable_previous(probe: Probe) -> Weights | None:
    """The previous checkpoint's weights; None if it is damaged, which its own probe reports."""
    from skillprobe_core.checkpoints.validation import all_finite, same_shapes
    from skillprobe_core.checkpoints.weights import open_weights

    if probe.previous is None or probe.previous_identity is None:
        return None
    try:
        same_shapes(probe.previous.files, probe.base.files)
        all_finite(probe.previous.files, probe.records)
        return open_weights(probe.previous.files)
    except CheckpointError:
        return None


def _headline(frame: pl.DataFrame) -> Shown:
    from skillprobe_core.parameters.summary import model_summary

    whole = model_summary(frame.filter(pl.col("reference") == "base")).filter(pl.col("scope") == "model")
    names = ("relative_norm", "cosine", "sparsity_relative", "sparsity_bf16", "spectral_drift")
    row = whole.row(0, named=True)
    return {**{name: row[name] for name in names if row[name] is not None}, **_since_previous(frame)}


def _since_previous(frame: pl.DataFrame) -> Shown:
    """Agreement of this update with the previous checkpoint's: means over tensors, weighted by their elements."""
    rows = frame.filter(pl.col("reference") == "previous", pl.col("update_jaccard").is_not_null())
    if rows.is_empty():
        return {}
    names = ("update_cosine", "update_jaccard", "update_jaccard_chance")
    means = rows.select((pl.col(*names) * pl.col("elements")).sum() / pl.col("elements").sum())
    return {"previous_step": rows["reference_step"][0], **means.row(0, named=True)}


def _figure(_: Store, weights: pl.DataFrame) -> tuple[str, str]:
    from skillprobe_core.drawing.svg import heat_map
    from skillprobe_core.parameters.summary import model_summary

    layers = model_summary(weights).filter((pl.col("scope") == "layer") & (pl.col("reference") == "base"))
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
    about="One row per tensor and reference: its weights W, the reference's weights W0, and the update D = W - W0",
    key=("model", "step", "tensor", "reference"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("tensor", pl.String, "Name of the tensor; slices of stacked experts are numbered: NAME[0]"),
        Column("reference", pl.String, "Origin of W0: `base`, or `previous` (an earlier checkpoint)"),
        Column("reference_step", pl.Int64, "Step of the reference; 0 for the base", "steps"),
        Column("base_tensor", pl.String, "The reference's name for the tensor; null if it has no such tensor"),
        Column("status", pl.String, "compared, tied, missing (only in the reference), new, or not_float"),
        Column("tied_to", pl.String, "For a tied tensor the one that it is tied to, where its weights count"),
        Column("component", pl.String, "attention_q, mlp_down, embedding, norm, head and so on"),
        Column("layer", pl.Int32, "Transformer layer, from 0; null outside the layers"),
        Column("shape", pl.List(pl.Int64), "Shape of the tensor"),
        Column("elements", pl.Int64, "Number of weights", "weights"),
        Column("base_dtype", pl.String, "Storage type of the reference's tensor"),
        Column("dtype", pl.String, "Storage type of the checkpoint's tensor; BASE+ADAPTER for a LoRA update"),
        # Norms
        Column("base_norm", pl.Float64, "Frobenius norm of W0"),
        Column("norm", pl.Float64, "Frobenius norm of W"),
        Column("delta_norm", pl.Float64, "Frobenius norm of D"),
        Column("relative_norm", pl.Float64, "‖D‖_F / ‖W0‖_F; null if W0 is zero"),
        Column("cosine", pl.Float64, "Cosine between W and W0 as vectors; null if one is zero"),
        Column("cosine_distance", pl.Float64, "1 - cosine, at full precision"),
        # Moments and quantiles
        Column("base_mean", pl.Float64, "Mean of W0"),
        Column("base_std", pl.Float64, "Standard deviation of W0"),
        Column("base_kurtosis", pl.Float64, "Excess kurtosis of W0 (0 for a normal distribution); null if constant"),
        Column("mean", pl.Float64, "Mean of W"),
        Column("std", pl.Float64, "Standard deviation of W"),
        Column("kurtosis", pl.Float64, "Excess kurtosis of W"),
        Column("delta_mean", pl.Float64, "Mean of D"),
        Column("delta_std", pl.Float64, "Standard deviation of D"),
        Column("delta_kurtosis", pl.Float64, "Excess kurtosis of D: large if few weights carry most of the update"),
        Column("delta_q50", pl.Float64, "Median of |D|, to 0.2 %"),
        Column("delta_q90", pl.Float64, "90 % quantile of |D|, to 0.2 %"),
        Column("delta_q99", pl.Float64, "99 % quantile of |D|, to 0.2 %"),
        Column("delta_q999", pl.Float64, "99.9 % quantile of |D|, to 0.2 %"),
        Column("delta_max", pl.Float64, "Largest |D|"),
        # Sparsity
        Column("sparsity_relative", pl.Float64, "Share of weights with |w - w0| <= 1e-3 max(|w|, |w0|)"),
        Column("sparsity_bf16", pl.Float64, "Share of weights whose bits are equal after rounding to bf16"),
        Column("sparsity_exact", pl.Float64, "Share of weights with w = w0 as stored"),
        *(Column(f"within_1e_{n}", pl.Float64, f"Share of weights with |w - w0| <= 1e-{n}") for n in range(8, 2, -1)),
        Column("rows_updated", pl.Float64, "Share of rows with a relative change above 1e-3 in any weight"),
        Column("columns_updated", pl.Float64, "Share of columns with such a weight"),
        Column("row_dispersion", pl.Float64, "Variance of updates per row over that of random places (1: no pattern)"),
        Column("column_dispersion", pl.Float64, "Variance of updates per column, likewise"),
        # Spectrum: matrices only
        Column(
            "base_spectral_norm",
            pl.Float64,
            "Largest singular value of W0 (this and all further columns: matrices only)",
        ),
        Column("spectral_norm", pl.Float64, "Largest singular value of W"),
        Column("delta_spectral_norm", pl.Float64, "Largest singular value of D"),
        Column("relative_spectral_norm", pl.Float64, "‖D‖₂ / ‖W0‖₂"),
        Column("spectral_drift", pl.Float64, "‖σ(W) - σ(W0)‖₂ / ‖σ(W0)‖₂ (normalised spectral shift)"),
        Column("base_stable_rank", pl.Float64, "‖W0‖_F² / ‖W0‖₂²"),
        Column("stable_rank", pl.Float64, "‖W‖_F² / ‖W‖₂²"),
        Column("delta_stable_rank", pl.Float64, "‖D‖_F² / ‖D‖₂²; null if nothing changed"),
        Column("base_effective_rank", pl.Float64, "exp(entropy of σ / Σσ) of W0"),
        Column("effective_rank", pl.Float64, "exp(entropy of σ / Σσ) of W"),
        Column("delta_effective_rank", pl.Float64, "exp(entropy of σ / Σσ) of D; null if nothing changed"),
        Column(
            "base_rank", pl.Int32, "Singular values of W0 above σ_max · longer side · 2^-23 (float32's matrix_rank)"
        ),
        Column("rank", pl.Int32, "The same for W"),
        Column("delta_rank", pl.Int32, "The same for D"),
        Column("delta_rank_share", pl.Float64, "delta_rank / the smaller side of the matrix"),
        # Rotation
        Column("subspace_size", pl.Int32, "K, the number of leading directions compared: a quarter of all, at most 32"),
        Column(
            "left_angle_max", pl.Float64, "Largest principal angle of the K leading left singular vectors", "degrees"
        ),
        Column("left_angle_mean", pl.Float64, "Mean of those K angles", "degrees"),
        Column("right_angle_max", pl.Float64, "Largest principal angle of the right singular vectors", "degrees"),
        Column("right_angle_mean", pl.Float64, "Mean of those K angles", "degrees"),
        Column("intruder_energy", pl.Float64, "Share of the K leading σ² in directions that W0 does not have"),
        Column("intruders", pl.Int32, "Number of such directions"),
        Column(
            "intruder_threshold",
            pl.Float64,
            "A direction is new if its |cosine| to all singular vectors of W0 is below this",
        ),
        # Place of the update
        Column("principal_overlap", pl.Float64, "Share of updated weights in the largest tenth of W0's rank-K part"),
        Column("principal_overlap_chance", pl.Float64, "The same for updates at random places"),
        Column("low_overlap", pl.Float64, "Share of updated weights in the smallest tenth of |W0|"),
        Column("low_overlap_chance", pl.Float64, "The same for updates at random places"),
        # Tail
        Column("base_alpha", pl.Float64, "Power-law exponent of the largest eigenvalues of W0ᵀW0"),
        Column("alpha", pl.Float64, "The same for WᵀW (WeightWatcher's alpha); null below 20 eigenvalues"),
        Column("alpha_distance", pl.Float64, "Kolmogorov-Smirnov distance of that fit"),
        Column("alpha_tail", pl.Int32, "Number of eigenvalues in the fitted tail", "eigenvalues"),
        Column("alpha_fits", pl.Boolean, "True if the fit is as close as for a true power law (5 % level)"),
        Column("alpha_null", pl.Float64, "The exponent that the same fit gives for pure noise of the same shape"),
        # Two updates: only where the reference is `previous`
        Column("update_cosine", pl.Float64, "Cosine between the reference's update from the base and this one's"),
        Column("update_jaccard", pl.Float64, "Weights updated by both / weights updated by at least one"),
        Column("update_jaccard_chance", pl.Float64, "The same for independent masks of the same densities"),
        Column("update_similarity", pl.Float64, "‖U1ᵀU2‖_F² / K over the K leading directions of both updates (Sim_K)"),
        Column("update_similarity_chance", pl.Float64, "The same for random directions: K / smaller side"),
    ),
    more="Weights are streamed; no model is loaded.",
    needs=(WEIGHTS, BASE_WEIGHTS, _PREVIOUS, _SPECTRA),
    compute=_compute,
    code_version="2",
    shared_base=True,
    headline=_headline,
    figure=Figure(_figure),
    group="mechanisms",
    pool="weights",
    kinds=("numpy", "parquet"),
)
