"""Kinds of items as clusters: how many of a group's kinds moved, and whether others like them would have."""

from __future__ import annotations

import numpy as np
import polars as pl

from skillprobe_core.stats.mean_of_clusters import mean_of_clusters
from skillprobe_core.stats.ratio_interval import holm
from skillprobe_core.stats.significance import SIGNIFICANCE

from .families import KIND, Family


def over_kinds(tests: pl.DataFrame, family: Family, kinds: Family, checkpoints: int) -> pl.DataFrame:
    """Columns about the kinds of every group of a family, one row per checkpoint and group.

    The interval takes the kinds for a random sample of kinds that could measure the group. The variance between kinds
    is at least the mean one within the groups of the family. The interval is never narrower than the one for these
    kinds, and a group whose change in these kinds is not significant has no significant `kind_p`.

    Args:
        tests: Rows of all families, in the order checkpoint, then group, with the columns scope, change, change_low,
            change_high, p and p_adjusted.
        family: The family.
        kinds: The family of scope `kind`.
        checkpoints: Number of checkpoints.

    Returns:
        kinds, kinds_risen, kinds_fallen, kind_low, kind_high, kind_p and kind_p_adjusted (Holm over the rows that have
        a p-value). The last four are null for groups of one kind.
    """
    groups = len(family.groups)
    of_kind = np.zeros(len(kinds.groups), dtype=np.intp)
    of_kind[kinds.label] = family.label
    owner = (np.arange(checkpoints)[:, None] * groups + of_kind).ravel()
    moved, own = (tests.filter(scope=each.scope) for each in (kinds, family))
    change, significant = moved["change"].to_numpy(), moved["p_adjusted"].to_numpy() <= SIGNIFICANCE
    rows = groups * checkpoints
    mean, reach, p = mean_of_clusters(change, owner, rows, pool=np.arange(rows) // groups)
    agrees = np.sign(mean) == np.sign(own["change"].to_numpy())
    p = np.where(agrees | np.isnan(p), np.maximum(p, own["p"].to_numpy()), 1.0)
    known = ~np.isnan(p)
    adjusted = np.full(rows, np.nan)
    adjusted[known] = holm(p[known])
    low = np.maximum(np.minimum(mean - reach, own["change_low"].to_numpy()), -1.0)
    high = np.minimum(np.maximum(mean + reach, own["change_high"].to_numpy()), 1.0)
    return pl.DataFrame(
        {
            "kinds": np.bincount(owner, minlength=rows),
            "kinds_risen": np.bincount(owner[significant & (change > 0)], minlength=rows),
            "kinds_fallen": np.bincount(owner[significant & (change < 0)], minlength=rows),
            **{
                name: np.where(known, values, np.nan)
                for name, values in (("kind_low", low), ("kind_high", high), ("kind_p", p))
            },
            "kind_p_adjusted": adjusted,
        }
    ).fill_nan(None)


def with_kinds(tests: pl.DataFrame, scopes: list[Family], checkpoints: int) -> pl.DataFrame:
    """The rows of all families with the columns of `over_kinds`."""
    (kinds,) = (family for family in scopes if family.scope == KIND)
    return tests.hstack(pl.concat(over_kinds(tests, family, kinds, checkpoints) for family in scopes))
