"""`parameter_stats` summarised per component, per layer and for the whole model."""

from __future__ import annotations

import polars as pl

_KEYS = ("model", "step", "reference")
_ELEMENTS, _UPDATED = pl.col("elements"), pl.col("elements") * (1.0 - pl.col("sparsity_relative"))
_ROWS = pl.when(pl.col("shape").list.len() < 2).then(1).otherwise(pl.col("shape").list.first())
_COLUMNS = pl.col("elements") // _ROWS
_SMALLER = pl.min_horizontal(_ROWS, _COLUMNS)

# Shares of weights, rows or columns: means weighted by these counts are shares of the whole.
_SHARES = (
    "sparsity_relative", "sparsity_bf16", "sparsity_exact", *(f"within_1e_{n}" for n in range(8, 2, -1)),
)  # fmt: skip
_OVERLAPS = ("principal_overlap", "principal_overlap_chance", "low_overlap", "low_overlap_chance")
# Measures that cannot be summed: means over tensors, weighted by elements.
_MEANS = (
    "base_kurtosis", "kurtosis", "delta_kurtosis", "delta_q50", "delta_q90", "delta_q99", "delta_q999",
    "row_dispersion", "column_dispersion",
    *(f"{side}{kind}_rank" for kind in ("stable", "effective") for side in ("base_", "", "delta_")),
    "left_angle_mean", "right_angle_mean", "intruder_energy",
    "base_alpha", "alpha", "alpha_distance", "alpha_fits", "alpha_null",
    "update_cosine", "update_jaccard", "update_jaccard_chance", "update_similarity", "update_similarity_chance",
)  # fmt: skip
_LARGEST = (
    "delta_max", "base_spectral_norm", "spectral_norm", "delta_spectral_norm", "left_angle_max", "right_angle_max",
)  # fmt: skip


def model_summary(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per scope (`component`, `layer`, `model`) of each checkpoint and reference in a `parameter_stats` frame.

    Columns: model, step, reference, scope, component and layer (null if summarised over), tensors, elements, and the
    measures of `parameter_stats` under the same names. A measure is null if no tensor has it.

    As if all tensors were one: the norms (square roots of summed squares), relative_norm, cosine, cosine_distance,
    means and standard deviations, sparsities and the tolerance curve, rows_updated and columns_updated (shares of all
    rows, of all columns), and the mask overlaps, each with its chance (weighted by updated weights).
    As if the matrices were diagonal blocks of one matrix: the spectral norms (the largest), relative_spectral_norm (the
    largest of D over the largest of W0), spectral_drift = sqrt(Σ‖σ - σ0‖²)/sqrt(Σ‖σ0‖²), rank, base_rank and
    delta_rank (sums), delta_rank_share (of the smaller sides), intruders (a sum).
    The largest: delta_max, left_angle_max and right_angle_max, and largest_relative_norm.
    Means over the tensors that have the measure, weighted by elements: kurtosis, quantiles of |D|, dispersions, stable
    and effective ranks, left_angle_mean and right_angle_mean (degrees), intruder_energy, the alphas with alpha_distance
    and alpha_null, alpha_fits (as a share), and the agreement of two updates.
    """
    frame = frame.filter(pl.col("status") == "compared")
    scopes = (("component", ("component",)), ("layer", ("layer",)), ("model", ()))
    parts = [_summary(frame, scope, by) for scope, by in scopes]
    return pl.concat(parts).sort(*_KEYS, "scope", "component", "layer", nulls_last=True)


def _summary(frame: pl.DataFrame, scope: str, by: tuple[str, ...]) -> pl.DataFrame:
    if scope == "layer":
        frame = frame.filter(pl.col("layer").is_not_null())
    matrices = pl.col("spectral_drift").is_not_null()
    dot = pl.col("cosine").fill_null(0.0) * pl.col("norm") * pl.col("base_norm")
    summed = frame.group_by(*_KEYS, *by).agg(
        pl.len().cast(pl.Int64).alias("tensors"),
        _ELEMENTS.sum(),
        *((pl.col(name) ** 2).sum().sqrt() for name in ("base_norm", "norm", "delta_norm")),
        dot.sum().alias("dot"),
        *(_mean(f"{side}mean", _ELEMENTS) for side in ("base_", "", "delta_")),
        *(_mean(name, _ELEMENTS) for name in (*_SHARES, *_MEANS)),
        _mean("rows_updated", _ROWS),
        _mean("columns_updated", _COLUMNS),
        *(_mean(name, _UPDATED) for name in _OVERLAPS),
        *(pl.col(name).max() for name in _LARGEST),
        ((pl.col("spectral_drift") * pl.col("base_norm")) ** 2).sum().sqrt().alias("drift"),
        (pl.col("base_norm").filter(matrices) ** 2).sum().sqrt().alias("matrix_norm"),
        *(_sum(name) for name in ("base_rank", "rank", "delta_rank", "intruders")),
        _SMALLER.filter(pl.col("delta_rank").is_not_null()).sum().alias("smaller"),
        pl.col("relative_norm").max().alias("largest_relative_norm"),
    )
    names = [(name, pl.String if name == "component" else pl.Int32) for name in ("component", "layer")]
    both = pl.col("norm") * pl.col("base_norm")
    return summed.select(
        *_KEYS,
        pl.lit(scope).alias("scope"),
        *((pl.col(name) if name in by else pl.lit(None, dtype)).alias(name) for name, dtype in names),
        "tensors",
        "elements",
        "base_norm",
        "norm",
        "delta_norm",
        _quotient("delta_norm", "base_norm").alias("relative_norm"),
        pl.when(both > 0).then((pl.col("dot") / both).clip(-1.0, 1.0)).alias("cosine"),
        # As in elementwise/norms.py: 1 - cosine itself would lose all digits.
        pl.when(both > 0)
        .then((pl.col("delta_norm") ** 2 - (pl.col("norm") - pl.col("base_norm")) ** 2).clip(0.0) / (2 * both))
        .alias("cosine_distance"),
        *(_moment(side, name) for side in ("base_", "", "delta_") for name in ("mean", "std", "kurtosis")),
        *(f"delta_q{share}" for share in (50, 90, 99, 999)),
        "delta_max",
        *_SHARES,
        *("rows_updated", "columns_updated", "row_dispersion", "column_dispersion"),
        *(f"{side}spectral_norm" for side in ("base_", "", "delta_")),
        _quotient("delta_spectral_norm", "base_spectral_norm").alias("relative_spectral_norm"),
        _quotient("drift", "matrix_norm").alias("spectral_drift"),
        *(f"{side}{kind}_rank" for kind in ("stable", "effective") for side in ("base_", "", "delta_")),
        *(f"{side}rank" for side in ("base_", "", "delta_")),
        _quotient("delta_rank", "smaller").alias("delta_rank_share"),
        *(f"{side}_angle_{kind}" for side in ("left", "right") for kind in ("max", "mean")),
        *("intruder_energy", "intruders"),
        *_OVERLAPS,
        *(name for name in _MEANS if name.startswith(("alpha", "base_alpha", "update_"))),
        "largest_relative_norm",
    )


def _mean(name: str, counts: pl.Expr) -> pl.Expr:
    """The mean over tensors that have the measure, weighted by `counts`."""
    known = pl.col(name).is_not_null()
    weights = counts.filter(known).cast(pl.Float64)
    mean = (pl.col(name).filter(known).cast(pl.Float64) * weights).sum() / weights.sum()
    return mean.fill_nan(None).alias(name)


def _sum(name: str) -> pl.Expr:
    return pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum().cast(pl.Int64)).alias(name)


def _moment(side: str, name: str) -> pl.Expr:
    if name != "std":
        return pl.col(f"{side}{name}")
    square = pl.col(f"{side}norm") ** 2 / pl.col("elements")
    variance = square - pl.col(f"{side}mean") ** 2
    # A value close to the rounding error is not a spread.
    return pl.when(variance > 1e-14 * square).then(variance).otherwise(0.0).sqrt().alias(f"{side}std")


def _quotient(numerator: str, denominator: str) -> pl.Expr:
    return pl.when(pl.col(denominator) > 0).then(pl.col(numerator) / pl.col(denominator))
