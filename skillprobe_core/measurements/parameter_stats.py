"""The `parameter_stats` table: statistics of each tensor and its update."""

import polars as pl

from skillprobe_core.engine.table import CHECKPOINT_KEYS, Column, Table

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
)
