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
from .form_tests import form_p

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
    formed = np.hstack([well_formed_sums(one, cells) for one in pairs])
    totals = csr_array(vstack([kron(eye_array(checkpoints), _members(cells, family).T) for family in scopes]))
    flipped = sign_flips(changes, flips, totals)
    low, high = bootstrap_interval(changes, unit_sizes(pairs[0], cells), totals)
    both = [(totals @ each.T).T for each in ((changes,) if np.array_equal(changes, formed) else (changes, formed))]
    together = pl.concat(one.with_columns(pl.lit(place).alias("checkpoint")) for place, one in enumerate(pairs))
    tables, first = [], 0
    for family in scopes:
        groups = len(family.groups)
        columns = slice(first, first + groups * checkpoints)
        first = columns.stop
        test = flipped.of(columns)
        # One critical value for both accuracies that a collapse needs: the stricter one.
        criticals = [simultaneous_critical(each[:, columns]) for each in both]
        critical, critical_lower = criticals[0][0], max(lower for _, lower in criticals)
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
    del flipped, test
    found = pl.concat(tables)
    return _with_form_p(_with_uncut_p(found, pairs, scopes, totals, flips), pairs, flips)


def _with_uncut_p(
    tests: pl.DataFrame, pairs: list[pl.DataFrame], scopes: list[Family], totals: csr_array, flips: int
) -> pl.DataFrame:
    """The tests with `uncut_p_adjusted`: their p-values, adjusted likewise, on the items that neither side cut."""
    if all(one["both_uncut"].all() for one in pairs):
        return tests.with_columns(uncut_p_adjusted=pl.col("p_adjusted"))
    uncut = [_change(one) * one["both_uncut"].to_numpy() for one in pairs]
    changes = np.hstack([_by_unit(one, scopes[0], each) for one, each in zip(pairs, uncut, strict=True)])
    flipped = sign_flips(changes, flips, totals)
    found, first = [], 0
    for family in scopes:
        columns = slice(first, first + len(family.groups) * len(pairs))
        first = columns.stop
        found.append(adjusted_two_sided_p(flipped.of(columns)))
    return tests.with_columns(pl.Series("uncut_p_adjusted", np.concatenate(found)))


def _with_form_p(tests: pl.DataFrame, pairs: list[pl.DataFrame], flips: int) -> pl.DataFrame:
    """The tests with the columns of `form_p` in the rows of scope `overall`."""
    rows = form_p(pairs, flips).with_columns(scope=pl.lit("overall"), checkpoint=pl.int_range(pl.len(), dtype=pl.Int32))
    return tests.join(rows, on=["scope", "checkpoint"], how="left", maintain_order="left")


def unit_sums(pairs: pl.DataFrame, family: Family) -> Array:
    """Summed change of every unit (rows, sorted by name) in every group (columns) of the family."""
    return _by_unit(pairs, family, _change(pairs))


def well_formed_sums(pairs: pl.DataFrame, family: Family) -> Array:
    """`unit_sums` over the items that both sides answered well-formed, of the share of correct ones among these."""
    change = (pairs["well_formed_share"] - pairs["base_well_formed_share"]).fill_null(0.0).to_numpy()
    return _by_unit(pairs, family, change)


def unit_sizes(pairs: pl.DataFrame, family: Family) -> Array:
    """Number of items of every unit in every group, as for `unit_sums`."""
    return _by_unit(pairs, family, np.ones(pairs.height))


def _change(pairs: pl.DataFrame) -> Array:
    return (pairs["share"] - pairs["base_share"]).to_numpy()


def _members(cells: Family, family: Family) -> Array:
    """Membership, 0 or 1, of each cell (row) in each group of the family (column)."""
    members = np.zeros((len(cells.groups), len(family.groups)))
    members[cells.label, family.label] = 1.0
    return members


def _by_unit(pairs: pl.DataFrame, family: Family, values: Array) -> Array:
    unit, columns = pairs["unit"].to_numpy(), len(family.groups)
    units = int(unit.max()) + 1 if len(unit) else 0
    return np.bincount(unit * columns + family.label, values, units * columns).astype(float).reshape(units, columns)
