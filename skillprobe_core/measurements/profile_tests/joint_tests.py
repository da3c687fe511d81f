"""Paired tests of any number of checkpoints, with p-values and limits adjusted over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack

from skillprobe_core.machine.processor import cores
from skillprobe_core.stats.bootstrap import bootstrap_interval
from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.sign_flips import FLIPS, adjusted_two_sided_p, sign_flips

from .describe_changes import describe_changes
from .families import Family, families
from .form_tests import form_p
from .over_kinds import with_kinds
from .scope_tests import rows_of, scope_tests, totals_of

Array = NDArray[np.float64]


_TOGETHER = 32


def joint_tests(pairs: Sequence[pl.DataFrame], margin: float, flips: int = FLIPS) -> pl.DataFrame:
    """All columns of `profile_tests` except the keys, and `checkpoint`, the position of its pairs in the list.

    pairs: from `paired_items`, one table per checkpoint, all on the same items. The flips are shared by cells,
    subtotals, kinds and checkpoints, so that the adjustments account for their correlation. flips: no p-value is below
    1 / (flips + 1).
    """
    scopes = [family for family in families(pairs[0]) if family.groups] if pairs else []
    if not scopes:
        return pl.DataFrame()
    checkpoints = len(pairs)
    finest = scopes[-1]
    changes = _together(unit_sums(one, finest) for one in pairs)
    found = scope_tests(changes, scopes, checkpoints, flips)
    totals, places = totals_of(scopes, checkpoints), rows_of(scopes, checkpoints)
    low, high = bootstrap_interval(changes, unit_sizes(pairs[0], finest), totals)
    formed = _together(well_formed_sums(one, finest) for one in pairs)
    critical_lower = found.critical_lower
    if (changes != formed).nnz:
        # One critical value for both accuracies that a collapse needs: the stricter one.
        sums = csr_array((totals @ csr_array(formed.T)).T)
        of_formed = (simultaneous_critical(sums[:, columns])[1] for columns in places)
        critical_lower = [max(each) for each in zip(critical_lower, of_formed, strict=True)]
    with ThreadPoolExecutor(cores()) as pool:
        described = pool.map(
            lambda family, both, lower: _described(family, pairs, margin, both, lower),
            scopes,
            found.critical_gated,
            critical_lower,
        )
        of_scopes = list(described)
    tests = pl.concat(of_scopes).with_columns(bootstrap_low=low, bootstrap_high=high).hstack(found.p_values)
    tests = with_kinds(tests, scopes, checkpoints)
    return _with_form_p(_with_uncut_p(tests, pairs, scopes, flips), pairs, flips)


def _described(
    family: Family, pairs: Sequence[pl.DataFrame], margin: float, critical: float, critical_lower: float
) -> pl.DataFrame:
    """`describe_changes` of a family at every checkpoint, and `checkpoint`; a few of them are copied at a time."""
    groups = len(family.groups)
    parts = []
    for start in range(0, len(pairs), _TOGETHER):
        some = pairs[start : start + _TOGETHER]
        label = np.concatenate([family.label + place * groups for place in range(len(some))])
        everywhere = Family(family.scope, family.groups * len(some), label)
        described = describe_changes(
            pl.concat(some), everywhere, margin=margin, critical=critical, critical_lower=critical_lower
        )
        checkpoint = pl.Series("checkpoint", np.repeat(np.arange(start, start + len(some)), groups), pl.Int32)
        parts.append(described.with_columns(checkpoint))
    return pl.concat(parts)


def _together(sums: Iterable[Array]) -> csr_array:
    """The columns of all checkpoints, one after the other. Few values of thousands of columns are not 0."""
    return csr_array(hstack([csr_array(each) for each in sums], format="csr"))


def _with_uncut_p(tests: pl.DataFrame, pairs: Sequence[pl.DataFrame], scopes: list[Family], flips: int) -> pl.DataFrame:
    """The tests with `uncut_p_adjusted`: their p-values, adjusted likewise, on the items that neither side cut."""
    if all(one["both_uncut"].all() for one in pairs):
        return tests.with_columns(uncut_p_adjusted=pl.col("p_adjusted"))
    uncut = (_change(one) * one["both_uncut"].to_numpy() for one in pairs)
    changes = _together(_by_unit(one, scopes[-1], each) for one, each in zip(pairs, uncut, strict=True))
    flipped = sign_flips(changes, flips, totals_of(scopes, len(pairs)))
    found = [adjusted_two_sided_p(flipped.of(columns)) for columns in rows_of(scopes, len(pairs))]
    return tests.with_columns(pl.Series("uncut_p_adjusted", np.concatenate(found)))


def _with_form_p(tests: pl.DataFrame, pairs: Sequence[pl.DataFrame], flips: int) -> pl.DataFrame:
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


def _by_unit(pairs: pl.DataFrame, family: Family, values: Array) -> Array:
    unit, columns = pairs["unit"].to_numpy(), len(family.groups)
    units = int(unit.max()) + 1 if len(unit) else 0
    return np.bincount(unit * columns + family.label, values, units * columns).astype(float).reshape(units, columns)
