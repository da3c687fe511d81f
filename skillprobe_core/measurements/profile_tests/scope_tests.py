"""p-values of every group of all families, raw and adjusted, on one matrix of sign flips."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, eye_array, kron, vstack

from skillprobe_core.stats.critical_values import simultaneous_critical
from skillprobe_core.stats.false_discovery import benjamini_hochberg
from skillprobe_core.stats.scopes_together import adjusted_over_scopes, first_step_critical
from skillprobe_core.stats.sign_flips import (
    FLIPS,
    adjusted_lower_p,
    adjusted_two_sided_p,
    lower_p,
    sign_flips,
    two_sided_p,
)

from .families import Family

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScopeTests:
    """The tests of all families; rows are in the order family, checkpoint, group.

    p_values: columns p, p_lower, p_adjusted, p_lower_adjusted, p_gated and q. critical_lower: the one-sided critical
    value of each family. critical_gated: the two-sided one of each family at the first step of `p_gated`.
    """

    p_values: pl.DataFrame
    critical_lower: list[float]
    critical_gated: list[float]


def scope_tests(changes: Array | csr_array, scopes: list[Family], checkpoints: int, flips: int = FLIPS) -> ScopeTests:
    """Test every group of all families at every checkpoint.

    Args:
        changes: Summed change of every unit (row) in every group of the finest family, one checkpoint after the other.
        scopes: The families, the finest one last.
        checkpoints: Number of checkpoints.
        flips: Number of sign flips.

    Returns:
        p-values and critical values.
    """
    totals = totals_of(scopes, checkpoints)
    places = rows_of(scopes, checkpoints)
    test = sign_flips(changes, flips, totals)
    sums = csr_array((totals @ csr_array(changes.T)).T)
    criticals = [simultaneous_critical(sums[:, columns]) for columns in places]
    by_step = _critical_by_step(sums, scopes, places, [both for both, _ in criticals])
    first_step = first_step_critical(test, by_step, len(set(by_step)))
    parts = [test.of(columns) for columns in places]
    p_values = {
        name: np.concatenate([function(part) for part in parts])
        for name, function in (
            ("p", two_sided_p),
            ("p_lower", lower_p),
            ("p_adjusted", adjusted_two_sided_p),
            ("p_lower_adjusted", adjusted_lower_p),
        )
    }
    p_values["p_gated"] = adjusted_over_scopes(test, by_step)
    p_values["q"] = np.concatenate([benjamini_hochberg(p_values["p"][columns]) for columns in places])
    first = [float(first_step[columns.start]) for columns in places]
    return ScopeTests(pl.DataFrame(p_values), [lower for _, lower in criticals], first)


def totals_of(scopes: list[Family], checkpoints: int) -> csr_array:
    """Membership, 0 or 1, of each group of the finest family (column) in each group of all families (row)."""
    return csr_array(vstack([kron(eye_array(checkpoints), _members(scopes[-1], family).T) for family in scopes]))


def rows_of(scopes: list[Family], checkpoints: int) -> list[slice]:
    """The rows of every family, which lie one after the other."""
    ends = np.cumsum([0, *(len(family.groups) * checkpoints for family in scopes)])
    return [slice(int(start), int(stop)) for start, stop in pairwise(ends)]


def _critical_by_step(sums: csr_array, scopes: list[Family], places: list[slice], critical: list[float]) -> Array:
    """For every row, the critical value of its scope; skills and domains, which cross, count as one scope."""
    found = np.concatenate([np.full(each.stop - each.start, own) for each, own in zip(places, critical, strict=True)])
    margins = [columns for family, columns in zip(scopes, places, strict=True) if family.scope in ("skill", "domain")]
    crossed = slice(margins[0].start, margins[-1].stop)
    found[crossed] = simultaneous_critical(sums[:, crossed])[0]
    return found


def _members(finest: Family, family: Family) -> Array:
    members = np.zeros((len(finest.groups), len(family.groups)))
    members[finest.label, family.label] = 1.0
    return members
