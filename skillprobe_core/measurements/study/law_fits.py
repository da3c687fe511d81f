"""Fits of forgetting to each measure of change, ranked as predictors."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.errors import StoreError

Array = NDArray[np.float64]

DRAWS = 2_000
FEWEST_POINTS = 5
_SEED = 250_904
_DECIMALS = 9
_KEYS = ("model", "step", "forgetting")


def law_fits(points: pl.DataFrame) -> pl.DataFrame:
    """One row per measure, best first: the quadratic fit of forgetting to it (RL's Razor, arXiv 2509.04259).

    points: one row per checkpoint with columns model, step, `forgetting` (for example the drop over cells that were not
    trained on) and one column per measure, null if it was not measured. A base's own row (all zero) is a point like
    any other.

    None of this is a test. Everything grows with training, so an unrelated measure fits as well as the step does.
    `r2_step` and `r2_new_model_step` are the same figures for a quadratic in the step, over the same checkpoints: a
    measure that does not exceed them explains no more than the time trained.

    Columns: rank, measure, points, models; `r2` of the fit, with a 95 % interval `r2_low` to `r2_high` from a bootstrap
    over checkpoints within models; `r2_new_model`, one minus the share of squared error left when each model is
    predicted by the fit to the others (below 0: worse than their mean; null with one model); `best_share`, the share of
    draws in which the measure fits best; `intercept`, `slope`, `curvature` in the measure's own unit; and `reason`
    if there is no fit. Ranked by `r2_new_model`, then `r2`: a measure that cannot predict another run explains nothing.
    Raises StoreError when a key column is missing.
    """
    missing = [name for name in _KEYS if name not in points.columns]
    if missing:
        raise StoreError(
            f"the points of a law fit lack the columns {', '.join(missing)}", remedy="pass model, step and forgetting"
        )
    points = points.sort("model", "step")
    measures = [name for name in points.columns if name not in _KEYS]
    model = points.select(pl.col("model").rank("dense")).to_series().to_numpy().astype(np.intp) - 1
    y = points["forgetting"].cast(pl.Float64).to_numpy()
    step = points["step"].cast(pl.Float64).to_numpy()
    weights = _bootstrap_weights(model)
    rows, draws = [], []
    for measure in measures:
        x = points[measure].cast(pl.Float64).to_numpy()
        row, drawn = _fit(x, y, step, model, weights)
        rows.append({"measure": measure, **row})
        draws.append(drawn)
    if not rows:
        return pl.DataFrame()
    drawn_all = np.column_stack(draws)
    usable = np.isfinite(drawn_all).any(axis=1)
    best = np.nan_to_num(drawn_all[usable], nan=-np.inf).argmax(axis=1)
    share = np.bincount(best, minlength=len(measures)) / max(int(usable.sum()), 1)
    table = pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.Series("best_share", share))
    return table.sort("r2_new_model", "r2", "measure", descending=[True, True, False], nulls_last=True).with_row_index(
        "rank", offset=1
    )


def _fit(x: Array, y: Array, step: Array, model: NDArray[np.intp], weights: Array) -> tuple[dict[str, object], Array]:
    there = np.isfinite(x) & np.isfinite(y)
    x, y, step, model, weights = x[there], y[there], step[there], model[there], weights[:, there]
    row: dict[str, object] = {"points": len(x), "models": len(np.unique(model))}
    names = (
        *("r2", "r2_low", "r2_high", "r2_new_model", "r2_step", "r2_new_model_step"),
        *("intercept", "slope", "curvature"),
    )
    reason = None
    if len(x) < FEWEST_POINTS:
        reason = f"fewer than {FEWEST_POINTS} checkpoints have it"
    elif len(np.unique(x)) < 3:
        reason = "it takes fewer than three values"
    elif np.ptp(y) == 0:
        reason = "nothing was forgotten or gained"
    if reason is not None:
        return row | dict.fromkeys(names) | {"reason": reason}, np.full(len(weights), np.nan)
    centre, scale = x.mean(), x.std()
    design = _quadratic(x)
    coefficients, r2 = _fitted(design, y)
    drawn = _r2(design, y, weights, _solve(design, y, weights))
    low, high = np.quantile(drawn[np.isfinite(drawn)], (0.025, 0.975)).round(_DECIMALS)
    in_step = _quadratic(step)
    a, b, c = coefficients
    row |= {
        "r2": r2,
        "r2_low": float(low),
        "r2_high": float(high),
        "r2_new_model": _new_model_r2(design, y, model),
        "r2_step": _fitted(in_step, y)[1],
        "r2_new_model_step": _new_model_r2(in_step, y, model),
        "intercept": float(a - b * centre / scale + c * centre**2 / scale**2),
        "slope": float(b / scale - 2 * c * centre / scale**2),
        "curvature": float(c / scale**2),
        "reason": None,
    }
    return row, drawn


def _quadratic(x: Array) -> Array:
    """Columns 1, x, x² of the standardised values; those of x are 0 if it takes one value."""
    return np.asarray(np.vander((x - x.mean()) / (x.std() or 1.0), 3, increasing=True))


def _fitted(design: Array, y: Array) -> tuple[Array, float]:
    """Least-squares coefficients, and R²."""
    once = np.ones((1, len(y)))
    coefficients = _solve(design, y, once)
    return coefficients[0], round(float(_r2(design, y, once, coefficients)[0]), _DECIMALS)


def _solve(design: Array, y: Array, weights: Array) -> Array:
    """Least squares for every row of weights (draws, points): coefficients (draws, 3).

    The ridge of 1e-9 only matters for draws with too few distinct checkpoints for a unique fit.
    """
    terms = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(y), -1)
    gram = (weights @ products).reshape(-1, terms, terms) + 1e-9 * np.eye(terms)
    right = weights @ (design * y[:, None])
    return np.asarray(np.linalg.solve(gram, right[..., None])[..., 0], dtype=np.float64)


def _r2(design: Array, y: Array, weights: Array, coefficients: Array) -> Array:
    total = weights.sum(axis=1)
    mean = (weights @ y) / total
    left = (weights * (y - coefficients @ design.T) ** 2).sum(axis=1)
    spread = (weights * (y - mean[:, None]) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 1e-18, 1.0 - left / spread, np.nan)


def _new_model_r2(design: Array, y: Array, model: NDArray[np.intp]) -> float | None:
    """R² with one model left out at a time: both the fit and the reference mean come from the other models."""
    left = spread = 0.0
    for held in np.unique(model):
        out = model == held
        if (~out).sum() < FEWEST_POINTS:
            return None
        coefficients = _solve(design[~out], y[~out], np.ones((1, int((~out).sum()))))[0]
        left += float(((y[out] - design[out] @ coefficients) ** 2).sum())
        spread += float(((y[out] - y[~out].mean()) ** 2).sum())
    return round(1.0 - left / spread, _DECIMALS) if spread > 0 else None


def _bootstrap_weights(model: NDArray[np.intp]) -> Array:
    """Number of times that each checkpoint is drawn (draws, points), with each model's number of checkpoints fixed."""
    rng = np.random.Generator(np.random.PCG64(_SEED))
    weights = np.zeros((DRAWS, len(model)))
    for one in np.unique(model):
        mine = np.flatnonzero(model == one)
        weights[:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), DRAWS)
    return weights
