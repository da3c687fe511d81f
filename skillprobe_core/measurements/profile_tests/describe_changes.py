"""Description of every group of a family: sizes, accuracies, intervals, collapse, detectable drops."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from skillprobe_core.measurements.verdicts.answer_form import FORM_RATES
from skillprobe_core.stats.change_interval import score_limits, upper_limit
from skillprobe_core.stats.detectable_drop import detectable_drop
from skillprobe_core.stats.mcnemar import mcnemar_p
from skillprobe_core.stats.significance import NORMAL_95
from skillprobe_core.stats.wordings import wording_p

from .families import Family
from .paired_change import PairedChange, paired_change

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Columns = dict[str, NDArray[Any]]

FEWEST_WELL_FORMED = 0.5
"""Share of well-formed answers below which a group's output counts as broken."""

_MARKED = 8


def describe_changes(
    pairs: pl.DataFrame, family: Family, *, margin: float, critical: float, critical_lower: float
) -> pl.DataFrame:
    """Sizes, accuracies, intervals, collapse and detectable drops of every group of the family.

    A collapse needs a fall of the accuracy and of the accuracy among well-formed answers, each by more than the margin
    at the same critical value (an intersection-union test: Berger 1982). So a change of style alone is none.

    critical, critical_lower: two-sided and one-sided normal critical values, already adjusted by the caller.
    """
    label, groups = family.label, len(family.groups)
    unit, all_items = pairs["unit"].to_numpy(), np.ones(pairs.height, dtype=np.bool_)
    of_all = _change(pairs, "", all_items, unit, label, groups)
    formed, uncut = (pairs[name].to_numpy() for name in ("both_well_formed", "both_uncut"))
    same = formed.all() and _equal(pairs, "share", "well_formed_share")
    of_formed = of_all if same else _change(pairs, "well_formed_", formed, unit, label, groups)
    of_uncut = of_all if uncut.all() else _change(pairs, "", uncut, unit, label, groups)
    by_template = _change(pairs, "", all_items, _codes(pairs, "template"), label, groups)
    return pl.DataFrame(
        {
            "scope": [family.scope] * groups,
            "skill": [skill for skill, _, _ in family.groups],
            "domain": [domain for _, domain, _ in family.groups],
            "kind": [kind for _, _, kind in family.groups],
            "items": of_all.items,
            "units": of_all.units,
            "templates": by_template.units,
            **_of_all_items(of_all, critical),
            **_counts(pairs, label, groups),
            **_over_wordings(pairs, of_all, by_template, label, groups),
            **_collapses(pairs, of_all, of_formed, label, groups, margin, critical_lower),
            **_of_uncut_items(of_uncut),
            **{f"{name}_change": np.bincount(label, _risen(pairs, name), groups) / of_all.items for name in FORM_RATES},
        }
    ).with_columns(pl.col(_EMPTY).fill_nan(None))


def _of_all_items(of_all: PairedChange, critical: float) -> Columns:
    """Accuracies, the change with its interval, and the smallest change that was detectable."""
    low, high = score_limits(of_all.gain, of_all.loss, of_all.size, NORMAL_95)
    return {
        "base_accuracy": of_all.base_accuracy,
        "accuracy": of_all.accuracy,
        "change": of_all.change,
        "change_low": low,
        "change_high": high,
        "detectable_change": detectable_drop(_steady(of_all), of_all.size, critical),
    }


def _counts(pairs: pl.DataFrame, label: Codes, groups: int) -> Columns:
    """Items that were gained and forgotten by the majority of their samples, with McNemar's test."""
    right, base_right = (pairs[name].to_numpy() > 0.5 for name in ("share", "base_share"))
    gained = np.bincount(label[right & ~base_right], minlength=groups)
    forgotten = np.bincount(label[~right & base_right], minlength=groups)
    return {"mcnemar_p": mcnemar_p(gained, forgotten), "gained": gained, "forgotten": forgotten}


def _over_wordings(
    pairs: pl.DataFrame, of_all: PairedChange, by_template: PairedChange, label: Codes, groups: int
) -> Columns:
    """The interval and the test that take wordings for a random sample; NaN for groups of one template."""
    change = (pairs["share"] - pairs["base_share"]).to_numpy()
    alone = pairs["alone"].to_numpy()
    stratum = _codes(pairs, "source", "kind", "level", label)[alone]
    wording = _codes(pairs, "source", "kind", "level", "template", label)[alone]
    limits = score_limits(of_all.gain, of_all.loss, by_template.size, NORMAL_95)
    low, high = (np.where(by_template.units > 1, limit, np.nan) for limit in limits)
    p = wording_p(change[alone], stratum, wording, label[alone], groups)
    return {"wording_p": p, "template_low": low, "template_high": high}


def _collapses(
    pairs: pl.DataFrame,
    of_all: PairedChange,
    of_formed: PairedChange,
    label: Codes,
    groups: int,
    margin: float,
    critical_lower: float,
) -> Columns:
    """Collapses and broken output, and what they rest on: all items, and those that both sides answered well-formed."""
    upper = upper_limit(of_all.gain, of_all.loss, of_all.size, critical_lower)
    detectable = detectable_drop(_steady(of_all), of_all.size, critical_lower, margin)
    formed_upper = upper
    if of_formed is not of_all:
        formed_upper = _upper(of_formed, critical_lower)
        of_rest = detectable_drop(_steady(of_formed), of_formed.size, critical_lower, margin)
        detectable = np.where(of_formed.items > 0, np.maximum(detectable, of_rest), 1.0)
    rate, base_rate = (
        np.bincount(label, pairs[f"{side}well_formed"].to_numpy(), groups)
        / np.bincount(label, pairs[f"{side}samples"].to_numpy(), groups)
        for side in ("", "base_")
    )
    broken = rate < FEWEST_WELL_FORMED
    return {
        "upper_limit": upper,
        "collapse": (upper < -margin) & (formed_upper < -margin) & ~broken,
        "output_broken": broken,
        "detectable_collapse": detectable,
        "base_well_formed_rate": base_rate,
        "well_formed_rate": rate,
        "well_formed_items": of_formed.items,
        "base_well_formed_accuracy": of_formed.base_accuracy,
        "well_formed_accuracy": of_formed.accuracy,
        "well_formed_upper_limit": formed_upper,
    }


def _of_uncut_items(of_uncut: PairedChange) -> Columns:
    """Accuracies and the change on the items that neither side cut."""
    low, high = _where_any(of_uncut, *score_limits(of_uncut.gain, of_uncut.loss, of_uncut.size, NORMAL_95))
    return {
        "uncut_items": of_uncut.items,
        "base_uncut_accuracy": of_uncut.base_accuracy,
        "uncut_accuracy": of_uncut.accuracy,
        "uncut_change": of_uncut.change,
        "uncut_change_low": low,
        "uncut_change_high": high,
    }


_EMPTY = (
    "wording_p", "template_low", "template_high", "base_well_formed_accuracy", "well_formed_accuracy",
    "well_formed_upper_limit", "base_uncut_accuracy", "uncut_accuracy", "uncut_change", "uncut_change_low",
    "uncut_change_high",
)  # fmt: skip


def _change(
    pairs: pl.DataFrame, of: str, chosen: NDArray[np.bool_], cluster: Codes, label: Codes, groups: int
) -> PairedChange:
    """The change of the chosen items; `of`: all samples, or `well_formed_` for these alone."""
    kind = "well_formed" if of else "samples"
    sides = (pairs[f"{side}{kind}"].to_numpy() for side in ("", "base_"))
    samples = np.maximum(*sides).astype(np.float64)
    share, base = (pairs[f"{side}{of}share"].to_numpy()[chosen] for side in ("", "base_"))
    return paired_change(share, base, samples[chosen], cluster[chosen], label[chosen], groups)


def _risen(pairs: pl.DataFrame, rate: str) -> Array:
    return (pairs[rate] - pairs[f"base_{rate}"]).to_numpy()


def _equal(pairs: pl.DataFrame, one: str, other: str) -> bool:
    return all(pairs[f"{side}{one}"].equals(pairs[f"{side}{other}"], null_equal=True) for side in ("", "base_"))


def _steady(of: PairedChange) -> Array:
    """The mean gain, as if half an item more of one had been gained; 0 without items."""
    return np.asarray((np.nan_to_num(of.gain) * of.size + 0.5) / (of.size + 1.0))


def _upper(of: PairedChange, critical_lower: float) -> Array:
    (upper,) = _where_any(of, upper_limit(np.nan_to_num(of.gain), np.nan_to_num(of.loss), of.size, critical_lower))
    return upper


def _where_any(of: PairedChange, *values: Array) -> tuple[Array, ...]:
    """The values, NaN for groups without items."""
    return tuple(np.where(of.items > 0, each, np.nan) for each in values)


def _codes(pairs: pl.DataFrame, *columns: str | Codes) -> Codes:
    """A number from 0 for each row: equal for rows that agree in the columns, in the order of their values."""
    code = np.zeros(pairs.height, dtype=np.intp)
    for column in columns:
        values = pairs[column].rank("dense").to_numpy().astype(np.intp) - 1 if isinstance(column, str) else column
        code = _ranks(code * (int(values.max(initial=0)) + 1) + values)
    return code


def _ranks(code: Codes) -> Codes:
    """The rank of every number among those that occur, from 0; small numbers need no sort."""
    largest = int(code.max(initial=0))
    if largest > _MARKED * len(code):
        return np.asarray(np.unique(code, return_inverse=True)[1], dtype=np.intp)
    occurs = np.zeros(largest + 1, dtype=np.bool_)
    occurs[code] = True
    return np.asarray((np.cumsum(occurs) - 1)[code], dtype=np.intp)
