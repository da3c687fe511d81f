"""`parameter_stats` summed up per component, per layer and for the whole model."""

from __future__ import annotations

import polars as pl

_KEYS = ("model", "step", "reference")


def model_summary(frame: pl.DataFrame) -> pl.DataFrame:
    """One row per scope (`component`, `layer`, `model`) of each checkpoint and reference in a `parameter_stats` frame.

    Columns: model, step, reference, scope, component and layer (null where summed over), tensors, elements,
    base_norm, norm, delta_norm, relative_norm = sqrt(Σ‖D‖²)/sqrt(Σ‖W0‖²), cosine, both sparsities weighted by element
    counts, spectral_drift = sqrt(Σ‖σ - σ0‖²)/sqrt(Σ‖σ0‖²) over the matrices, left_angle_mean and
    right_angle_mean (degrees, over the matrices, weighted by their elements), and largest_relative_norm.
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
        pl.col("elements").sum(),
        (pl.col("base_norm") ** 2).sum().sqrt(),
        (pl.col("norm") ** 2).sum().sqrt(),
        (pl.col("delta_norm") ** 2).sum().sqrt(),
        dot.sum().alias("dot"),
        _weighted("sparsity_relative"),
        _weighted("sparsity_bf16"),
        ((pl.col("spectral_drift") * pl.col("base_norm")) ** 2).sum().sqrt().alias("drift"),
        (pl.col("base_norm").filter(matrices) ** 2).sum().sqrt().alias("matrix_norm"),
        *(_mean_angle(side) for side in ("left", "right")),
        pl.col("relative_norm").max().alias("largest_relative_norm"),
    )
    names = [(name, pl.String if name == "component" else pl.Int32) for name in ("component", "layer")]
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
        pl.when(pl.col("norm") * pl.col("base_norm") > 0)
        .then((pl.col("dot") / (pl.col("norm") * pl.col("base_norm"))).clip(-1.0, 1.0))
        .alias("cosine"),
        "sparsity_relative",
        "sparsity_bf16",
        _quotient("drift", "matrix_norm").alias("spectral_drift"),
        "left_angle_mean",
        "right_angle_mean",
        "largest_relative_norm",
    )


def _weighted(name: str) -> pl.Expr:
    return ((pl.col(name) * pl.col("elements")).sum() / pl.col("elements").sum()).alias(name)


def _mean_angle(side: str) -> pl.Expr:
    angle = pl.col(f"{side}_angle_mean")
    weights = pl.col("elements").filter(angle.is_not_null())
    mean = (angle.drop_nulls() * weights).sum() / weights.sum()
    return pl.when(angle.is_not_null().any()).then(mean).alias(f"{side}_angle_mean")


def _quotient(numerator: str, denominator: str) -> pl.Expr:
    return pl.when(pl.col(denominator) > 0).then(pl.col(numerator) / pl.col(denominator))
