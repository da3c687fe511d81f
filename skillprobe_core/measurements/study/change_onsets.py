"""Tests for a lasting change of each skill, and the step at which it began."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.errors import StoreError
from skillprobe_core.measurements.profile_tests.families import KIND, Family, families
from skillprobe_core.measurements.profile_tests.paired_verdicts import paired_checkpoints
from skillprobe_core.stats.sign_flips import (
    SignFlips,
    adjusted_lower_p,
    adjusted_two_sided_p,
    flips_that_fit,
    sign_flips,
)

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

_DRAWS = 1_000
_SEED = 1_954
_ROUNDING = 1e-9


def change_onsets(verdicts: pl.DataFrame, base_verdicts: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """One row per group (cell, skill, domain, overall) of one model: test and date of a lasting change.

    verdicts: those of one model's steps after its base. The statistic is the cumulative-sum contrast of Page (1954),
    sqrt(b a / (b + a)) · (mean after - mean before), for a change at every evaluated step, b and a being the numbers of
    checkpoints before and after, the base first. Its null distribution comes from flipping each unit's whole
    trajectory about the base, which keeps the correlation of neighbouring checkpoints; permuting steps would not.
    p-values are of the largest contrast over steps, adjusted over the groups of a scope.
    Units answer for the kinds in the item set: a kind that drifts for reasons of its own is a lasting change of its
    group. `kind_p` flips whole kinds instead, so it holds if the kinds are a sample and drift at random about 0. It
    cannot be below 2 ** (1 - kinds).

    Columns: model, scope, skill, domain, `p` (any lasting change), `p_lower` (a lasting drop), `kind_p` and the number
    of `kinds`, `onset_step` (the first
    evaluated step after the change), `before_step` (the last one before it: the change lies between the two), the
    95 % interval `onset_low` to `onset_high` from a bootstrap over units, and `shift`, mean after minus mean before.
    Raises StoreError when `verdicts` hold several models or the sides did not answer the same items.
    """
    models = verdicts["model"].unique().to_list()
    if len(models) != 1:
        raise StoreError(
            f"the verdicts are of {len(models)} models, expected one", remedy="pass the verdicts of one model"
        )
    found = paired_checkpoints(verdicts, base_verdicts, items)
    pairs = list(found.values())
    steps = np.array([base_verdicts["step"][0], *(step for _, step in found)])
    shares = np.column_stack([pairs[0]["base_share"].to_numpy(), *(one["share"].to_numpy() for one in pairs)])
    unit = pairs[0]["unit"].to_numpy()
    kind = pairs[0].select(pl.struct("source", "kind").rank("dense")).to_series().to_numpy().astype(np.intp) - 1
    scopes = [family for family in families(pairs[0]) if family.scope != KIND]
    tables = [_dated(family, shares, unit, kind, steps) for family in scopes]
    return pl.concat(tables).select(pl.lit(models[0]).alias("model"), pl.all())


def contrasts(checkpoints: int) -> Array:
    """Weights (checkpoints, checkpoints - 1): column s compares the checkpoints from s + 1 on with those before."""
    before = np.arange(1, checkpoints)
    after = checkpoints - before
    late = np.arange(checkpoints)[:, None] >= before
    scale = np.sqrt(before * after / checkpoints)
    return np.where(late, scale / after, -scale / before)


def flipped_contrasts(sums: Array, flips: int | None = None) -> SignFlips:
    """Every contrast of every group under sign flips.

    sums: (units, groups, checkpoints - 1), the contrasts of every unit. What flips together is one unit. flips: their
    number, as many as fit by default.
    """
    units, groups, places = sums.shape
    return sign_flips(sums.reshape(units, -1), flips or flips_that_fit(groups * places))


def lasting_p(test: SignFlips, groups: int) -> Array:
    """Adjusted p-value of any lasting change, per group."""
    return np.asarray(adjusted_two_sided_p(test).reshape(groups, -1).min(axis=1))


def lasting_drop_p(test: SignFlips, groups: int) -> Array:
    """Adjusted p-value of a lasting drop, per group."""
    return np.asarray(adjusted_lower_p(test).reshape(groups, -1).min(axis=1))


def contrast_sums(contrast: Array, unit: Codes, label: Codes, groups: int) -> Array:
    """Sums of the items' contrasts (items, checkpoints - 1) by unit and group: (units, groups, checkpoints - 1)."""
    sums = np.zeros((int(unit.max()) + 1, groups, contrast.shape[1]))
    np.add.at(sums, (unit, label), contrast)
    sums[np.abs(sums) < _ROUNDING] = 0.0  # the weights of a contrast sum to 0 only up to rounding
    return sums


def _dated(family: Family, shares: Array, unit: Codes, kind: Codes, steps: NDArray[np.int64]) -> pl.DataFrame:
    checkpoints, groups, units = len(steps), len(family.groups), int(unit.max()) + 1
    contrast = shares @ contrasts(checkpoints)
    sums = contrast_sums(contrast, unit, family.label, groups)
    flipped = flipped_contrasts(sums)
    by_kind = flipped_contrasts(contrast_sums(contrast, kind, family.label, groups))
    kinds = np.unique(np.column_stack([family.label, kind]), axis=0)[:, 0]
    place = np.abs(sums.sum(axis=0)).argmax(axis=1)
    weights = np.random.Generator(np.random.PCG64(_SEED)).standard_exponential((_DRAWS, units))
    low, high = np.empty(groups, dtype=np.int64), np.empty(groups, dtype=np.int64)
    for group in range(groups):
        drawn = np.abs(weights @ sums[:, group]).argmax(axis=1)
        low[group], high[group] = np.quantile(drawn, (0.025, 0.975), method="inverted_cdf")
    size = np.bincount(family.label, minlength=groups)
    before = place + 1
    scale = np.sqrt(before * (checkpoints - before) / checkpoints)
    shift = sums.sum(axis=0)[np.arange(groups), place] / scale / size
    return pl.DataFrame(
        {
            "scope": [family.scope] * groups,
            "skill": [skill for skill, _, _ in family.groups],
            "domain": [domain for _, domain, _ in family.groups],
            "p": lasting_p(flipped, groups),
            "p_lower": lasting_drop_p(flipped, groups),
            "kind_p": lasting_p(by_kind, groups),
            "kinds": np.bincount(kinds, minlength=groups),
            "onset_step": steps[place + 1],
            "before_step": steps[place],
            "onset_low": steps[low + 1],
            "onset_high": steps[high + 1],
            "shift": shift,
        }
    )
