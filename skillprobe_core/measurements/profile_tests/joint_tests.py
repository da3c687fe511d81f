"""Paired tests of any number of checkpoints, with p-values and limits adjusted over all of them."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron, vstack

from skillprobe_core.stats.bootstrap import bootstrap_interval
from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.false_discovery import benjamini_hochberg
from skillprobe_core.stats.sign_flips import (
    FLIPS,
    adjusted_lower_p,
    adjusted_two_sided_p,
    lower_p,
    sign_flips,
    two_sided_p,
)

from .describe_changes import describe_changes
from .families import Family, families

Array = NDArray[np.float64]


def joint_tests(pairs: list[pl.DataFrame], margin: float, flips: int = FLIPS) -> pl.DataFrame:
    """All columns of `profile_tests` except the keys, and `checkpoint`, the position of its pairs in the list.

    pairs: from `paired_items`, one table per checkpoint, all on the same items. The flips are shared by cells,
    subtotals and checkpoints, so that the adjustment accounts for their correlation. flips: no p-value is below
    1 / (flips + 1).
    """
    scopes = [family for family in families(pairs[0]) if family.groups] if pairs else []
    if not scopes:
        return pl.DataFrame()
    checkpoints = len(pairs)
    cells = scopes[0]
    changes = np.hstack([unit_sums(one, cells) for one in pairs])
    totals = csr_array(vstack([kron(eye_array(checkpoints), _members(cells, family).T) for family in scopes]))
    flipped = sign_flips(changes, flips, totals)
    low, high = bootstrap_interval(changes, unit_sizes(pairs[0], cells), totals)
    sums = (totals @ changes.T).T
    together = pl.concat(one.with_columns(pl.lit(place).alias("checkpoint")) for place, one in enumerate(pairs))
    tables, first = [], 0
    for family in scopes:
        groups = len(family.groups)
        columns = slice(first, first + groups * checkpoints)
        first = columns.stop
        test = flipped.of(columns)
        critical, critical_lower = simultaneous_critical(sums[:, columns])
        label = np.concatenate([family.label + place * groups for place in range(checkpoints)])
        everywhere = Family(family.scope, family.groups * checkpoints, label)
        p = two_sided_p(test)
        tables.append(
            describe_changes(
                together, everywhere, margin=margin, critical=critical, critical_lower=critical_lower
            ).with_columns(
                pl.Series("checkpoint", np.repeat(np.arange(checkpoints), groups), pl.Int32),
                pl.Series("bootstrap_low", low[columns]),
                pl.Series("bootstrap_high", high[columns]),
                pl.Series("p", p),
                pl.Series("p_lower", lower_p(test)),
                pl.Series("p_adjusted", adjusted_two_sided_p(test)),
                pl.Series("p_lower_adjusted", adjusted_lower_p(test)),
                pl.Series("q", benjamini_hochberg(p)),
            )
        )
    return pl.concat(tables)


def unit_sums(pairs: pl.DataFrame, family: Family) -> Array:
    """Summed change of every unit (rows, sorted by name) in every group (columns) of the family."""
    return _by_unit(pairs, family, (pairs["share"] - pairs["base_share"]).to_numpy())


def unit_sizes(pairs: pl.DataFrame, family: Family) -> Array:
    """Number of items of every unit in every group, as for `unit_sums`."""
    return _by_unit(pairs, family, np.ones(pairs.height))


def _members(cells: Family, family: Family) -> Array:
    """Membership, 0 or 1, of each cell (row) in each group of the family (column)."""
    members = np.zeros((len(cells.groups), len(family.groups)))
    members[cells.label, family.label] = 1.0
    return members


def _by_unit(pairs: pl.DataFrame, family: Family, values: Array) -> Array:
    unit, columns = pairs["unit"].to_numpy(), len(family.groups)
    units = int(unit.max()) + 1 if len(unit) else 0
    return np.bincount(unit * columns + family.label, values, units * columns).astype(float).reshape(units, columns)
