"""Description of every group of a family: sizes, accuracies, intervals, collapse, detectable drops."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.stats.change_interval import score_limits, upper_limit
from skillprobe_core.stats.detectable_drop import detectable_drop
from skillprobe_core.stats.mcnemar import mcnemar_p
from skillprobe_core.stats.wilson import clustered_variance, effective_size
from skillprobe_core.stats.wordings import wording_p

from .families import Family

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

_NORMAL_95 = 1.959963984540054


def describe_changes(
    pairs: pl.DataFrame, family: Family, *, margin: float, critical: float, critical_lower: float
) -> pl.DataFrame:
    """Sizes, accuracies, intervals, collapse and detectable drops of every group of the family.

    critical, critical_lower: two-sided and one-sided normal critical values, already adjusted by the caller.
    """
    label, groups = family.label, len(family.groups)
    share, base = pairs["share"].to_numpy(), pairs["base_share"].to_numpy()
    samples = pairs.select(pl.max_horizontal("samples", "base_samples").cast(pl.Float64)).to_series().to_numpy()
    unit, template = pairs["unit"].to_numpy(), _codes(pairs, "template")
    change = share - base
    n = np.bincount(label, minlength=groups).astype(np.float64)
    mean, gain, loss, accuracy, base_accuracy = (
        np.bincount(label, values, groups) / n
        for values in (change, np.maximum(change, 0), np.maximum(-change, 0), share, base)
    )
    gained = np.bincount(label[(share > 0.5) & (base <= 0.5)], minlength=groups)
    forgotten = np.bincount(label[(share <= 0.5) & (base > 0.5)], minlength=groups)
    residual, spread = change - mean[label], gain + loss - mean**2
    total = np.bincount(label, samples, groups)
    units, variance, freedom = _clustered(residual, unit, label, groups)
    size = effective_size(spread, variance, freedom, total)
    templates, variance, freedom = _clustered(residual, template, label, groups)
    template_size = effective_size(spread, variance, freedom, total)
    low, high = score_limits(gain, loss, size, _NORMAL_95)
    upper = upper_limit(gain, loss, size, critical_lower)
    by_template = score_limits(gain, loss, template_size, _NORMAL_95)
    template_low, template_high = (np.where(templates > 1, limit, np.nan) for limit in by_template)
    steady_gain = (gain * size + 0.5) / (size + 1.0)
    by_wording = pairs["alone"].to_numpy()
    stratum = _codes(pairs, "source", "kind", "level", label)[by_wording]
    wording = _codes(pairs, "source", "kind", "level", "template", label)[by_wording]
    return pl.DataFrame(
        {
            "scope": [family.scope] * groups,
            "skill": [skill for skill, _ in family.groups],
            "domain": [domain for _, domain in family.groups],
            "items": n,
            "units": units,
            "templates": templates,
            "base_accuracy": base_accuracy,
            "accuracy": accuracy,
            "change": mean,
            "change_low": low,
            "change_high": high,
            "mcnemar_p": mcnemar_p(gained, forgotten),
            "gained": gained,
            "forgotten": forgotten,
            "wording_p": wording_p(change[by_wording], stratum, wording, label[by_wording], groups),
            "template_low": template_low,
            "template_high": template_high,
            "upper_limit": upper,
            "collapse": upper < -margin,
            "detectable_change": detectable_drop(steady_gain, size, critical),
            "detectable_collapse": detectable_drop(steady_gain, size, critical_lower, margin),
        }
    ).with_columns(pl.col("wording_p", "template_low", "template_high").fill_nan(None))


def _codes(pairs: pl.DataFrame, *columns: str | Codes) -> Codes:
    """A number from 0 for each row: equal for rows that agree in the columns, in the order of their values."""
    code = np.zeros(pairs.height, dtype=np.intp)
    for column in columns:
        values = pairs[column].rank("dense").to_numpy().astype(np.intp) - 1 if isinstance(column, str) else column
        code = np.unique(code * (int(values.max(initial=0)) + 1) + values, return_inverse=True)[1]
    return code


def _clustered(residual: Array, cluster: Codes, label: Codes, groups: int) -> tuple[Array, Array, Array]:
    """Per group the number of clusters, the variance of its mean change over them, and its degrees of freedom."""
    pair, code = np.unique(cluster * groups + label, return_inverse=True)
    owner = pair % groups
    variance, freedom = clustered_variance(np.bincount(code, residual), np.bincount(code), owner, groups)
    return np.bincount(owner, minlength=groups).astype(np.float64), variance, freedom
