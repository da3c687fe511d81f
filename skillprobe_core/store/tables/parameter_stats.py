"""The `parameter_stats` table: how far each tensor moved."""

import polars as pl

from skillprobe_core.store.schema import CHECKPOINT_KEYS, Column, Table

PARAMETER_STATS = Table(
    name="parameter_stats",
    version=1,
    about="One row per tensor: its weights W beside the reference's W0, and the update D = W - W0",
    key=("model", "step", "tensor", "reference"),
    columns=(
        *CHECKPOINT_KEYS,
        Column("tensor", pl.String, "Name of the tensor; slices of stacked experts are numbered: NAME[0]"),
        Column("reference", pl.String, "What W0 is: `base`, or `previous`, the checkpoint before this one"),
        Column("component", pl.String, "attention_q, mlp_down, embedding, norm, head and so on"),
        Column("layer", pl.Int32, "Transformer layer, from 0; null outside the layers"),
        Column("shape", pl.List(pl.Int64), "Shape of the tensor"),
        Column("elements", pl.Int64, "Number of weights", "weights"),
        Column("base_dtype", pl.String, "Storage type of the reference's tensor"),
        Column("dtype", pl.String, "Storage type of the checkpoint's tensor"),
        Column("base_norm", pl.Float64, "Frobenius norm of W0"),
        Column("norm", pl.Float64, "Frobenius norm of W"),
        Column("delta_norm", pl.Float64, "Frobenius norm of D"),
        Column("relative_norm", pl.Float64, "‖D‖_F / ‖W0‖_F; null where W0 is zero"),
        Column("cosine", pl.Float64, "Cosine between W and W0 as vectors; null where one is zero"),
        Column("cosine_distance", pl.Float64, "1 - cosine, with all its digits"),
        Column("sparsity_relative", pl.Float64, "Share of weights with |w - w0| <= 1e-3 max(|w|, |w0|)"),
        Column("sparsity_bf16", pl.Float64, "Share of weights whose bits are equal after rounding to bf16"),
        Column("base_spectral_norm", pl.Float64, "Largest singular value of W0; this and the rest: matrices only"),
        Column("spectral_norm", pl.Float64, "Largest singular value of W"),
        Column("delta_spectral_norm", pl.Float64, "Largest singular value of D"),
        Column("relative_spectral_norm", pl.Float64, "‖D‖₂ / ‖W0‖₂"),
        Column("spectral_drift", pl.Float64, "‖σ(W) - σ(W0)‖₂ / ‖σ(W0)‖₂ (normalised spectral shift)"),
        Column("base_stable_rank", pl.Float64, "‖W0‖_F² / ‖W0‖₂²"),
        Column("stable_rank", pl.Float64, "‖W‖_F² / ‖W‖₂²"),
        Column("delta_stable_rank", pl.Float64, "‖D‖_F² / ‖D‖₂²; null where nothing changed"),
        Column("base_effective_rank", pl.Float64, "exp(entropy of σ / Σσ) of W0"),
        Column("effective_rank", pl.Float64, "exp(entropy of σ / Σσ) of W"),
        Column("delta_effective_rank", pl.Float64, "exp(entropy of σ / Σσ) of D; null where nothing changed"),
        Column("delta_rank", pl.Int32, "Singular values of D above σ_max · rows · 2^-23 (matrix_rank of float32)"),
        Column("delta_rank_share", pl.Float64, "delta_rank / the smaller side of the matrix"),
    ),
)
