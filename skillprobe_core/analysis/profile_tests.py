"""The paired tests of one checkpoint against its base: the `profile_tests` table."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.analysis.bootstrap import bootstrap_interval
from skillprobe_core.analysis.change_interval import cluster_limits, score_limits
from skillprobe_core.analysis.critical import simultaneous_critical
from skillprobe_core.analysis.detectable import detectable_drop
from skillprobe_core.analysis.false_discovery import benjamini_hochberg
from skillprobe_core.analysis.families import Family, families
from skillprobe_core.analysis.mcnemar import mcnemar_p
from skillprobe_core.analysis.pairing import paired_items
from skillprobe_core.analysis.sign_flips import (
    adjusted_lower_p,
    adjusted_two_sided_p,
    lower_p,
    sign_flips,
    two_sided_p,
)
from skillprobe_core.analysis.wordings import wording_p
from skillprobe_core.scoring.wilson import effective_size
from skillprobe_core.store.tables.profile_tests import PROFILE_TESTS

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

MARGIN = 0.05
_NORMAL_95 = 1.959963984540054


def profile_tests(
    verdicts: pl.DataFrame,
    base_verdicts: pl.DataFrame,
    items: pl.DataFrame,
    *,
    model: str,
    step: int,
    base_model: str,
    base_step: int = 0,
    margin: float = MARGIN,
) -> pl.DataFrame:
    """The `profile_tests` table of one checkpoint against another one, in practice its base.

    Pairs by item; units are independent draws (`skillprobe_core.scoring.units`). Cells, skills, domains and the
    whole are four families; p-values are adjusted within each, on one matrix of sign flips. `margin` is the drop
    that a collapse must exceed, to be set before looking. The same verdicts give the same bytes.
    Raises StoreError where the two sides did not answer the same items.
    """
    pairs = paired_items(verdicts, base_verdicts, items)
    keys = [
        pl.lit(model).alias("model"),
        pl.lit(step, pl.Int64).alias("step"),
        pl.lit(items["item_set"][0] if items.height else "").alias("item_set"),
        pl.lit(base_model).alias("base_model"),
        pl.lit(base_step, pl.Int64).alias("base_step"),
        pl.lit(margin).alias("margin"),
    ]
    tables = [family_tests(pairs, family, margin) for family in families(pairs) if family.groups]
    if not tables:
        return pl.DataFrame(schema=PROFILE_TESTS.polars_schema)
    return PROFILE_TESTS.conform(pl.concat(tables).with_columns(keys))


def unit_sums(pairs: pl.DataFrame, family: Family) -> Array:
    """Summed change of every unit (rows, sorted by name) in every group (columns) of the family."""
    unit = np.unique(pairs["unit"].to_numpy(), return_inverse=True)[1]
    columns = len(family.groups)
    units = int(unit.max()) + 1 if len(unit) else 0
    change = (pairs["share"] - pairs["base_share"]).to_numpy()
    return np.bincount(unit * columns + family.label, change, units * columns).astype(float).reshape(units, columns)


def family_tests(pairs: pl.DataFrame, family: Family, margin: float) -> pl.DataFrame:
    """Every column of `profile_tests` but the keys, one row per group of the family."""
    sums = unit_sums(pairs, family)
    flips = sign_flips(sums)
    p = two_sided_p(flips)
    rows = describe_changes(
        pairs,
        family,
        margin=margin,
        critical=simultaneous_critical(sums, two_sided=True),
        critical_lower=simultaneous_critical(sums, two_sided=False),
    )
    return rows.with_columns(
        pl.Series("p", p),
        pl.Series("p_lower", lower_p(flips)),
        pl.Series("p_adjusted", adjusted_two_sided_p(flips)),
        pl.Series("p_lower_adjusted", adjusted_lower_p(flips)),
        pl.Series("q", benjamini_hochberg(p)),
    )


def describe_changes(
    pairs: pl.DataFrame, family: Family, *, margin: float, critical: float, critical_lower: float
) -> pl.DataFrame:
    """Sizes, accuracies, intervals, collapse and detectable drops of every group of the family.

    critical, critical_lower: two-sided and one-sided normal critical values, adjusted as the caller sees fit.
    """
    label, groups = family.label, len(family.groups)
    share, base = pairs["share"].to_numpy(), pairs["base_share"].to_numpy()
    samples = pairs.select(pl.max_horizontal("samples", "base_samples").cast(pl.Float64)).to_series().to_numpy()
    unit, template = _codes(pairs, "unit"), _codes(pairs, "template")
    change = share - base
    n = np.bincount(label, minlength=groups).astype(np.float64)
    mean, gain, loss, accuracy, base_accuracy = (
        np.bincount(label, values, groups) / n
        for values in (change, np.maximum(change, 0), np.maximum(-change, 0), share, base)
    )
    gained = np.bincount(label[(share > 0.5) & (base <= 0.5)], minlength=groups)
    forgotten = np.bincount(label[(share <= 0.5) & (base > 0.5)], minlength=groups)
    residual = change - mean[label]
    units, squares = _clustered(residual, unit, label, groups)
    templates, template_squares = _clustered(residual, template, label, groups)
    variance = units / np.maximum(units - 1, 1) * squares / n**2
    size = effective_size(gain + loss - mean**2, variance, units, np.bincount(label, samples, groups))
    low, high = score_limits(gain, loss, size, _NORMAL_95)
    upper = score_limits(gain, loss, size, critical_lower)[1]
    bootstrap_low, bootstrap_high = bootstrap_interval(change, unit, label, groups)
    template_low, template_high = cluster_limits(template_squares, templates, n, mean)
    steady_gain = (gain * size + 0.5) / (size + 1.0)
    by_wording = (pairs["unit"] == pairs["item_id"]).to_numpy()
    stratum = _codes(pairs, "skill", "domain", "source", "kind", "level")[by_wording]
    wording = _codes(pairs, "skill", "domain", "source", "kind", "level", "template")[by_wording]
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
            "bootstrap_low": bootstrap_low,
            "bootstrap_high": bootstrap_high,
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


def _codes(pairs: pl.DataFrame, *columns: str) -> Codes:
    """A number per row from 0, the same for rows that agree in the columns."""
    return pairs.select(pl.struct(columns).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy().astype(np.intp)


def _clustered(residual: Array, cluster: Codes, label: Codes, groups: int) -> tuple[Array, Array]:
    """Per group the number of clusters and the sum over them of the squared summed residual."""
    pair, code = np.unique(cluster * groups + label, return_inverse=True)
    owner = pair % groups
    squares = np.bincount(code, residual).astype(float) ** 2
    return np.bincount(owner, minlength=groups).astype(np.float64), np.bincount(owner, squares, groups).astype(float)
