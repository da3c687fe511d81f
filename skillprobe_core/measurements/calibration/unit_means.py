"""Means of a value over the items of every cell and subtotal, with intervals and p-values over independent units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from skillprobe_core.measurements.profile_tests.families import Family, families
from skillprobe_core.stats.bootstrap import bootstrap_interval
from skillprobe_core.stats.sign_flips import adjusted_two_sided_p, flips_that_fit, sign_flips, two_sided_p

Array = NDArray[np.float64]

SCOPES = ("cell", "skill", "domain", "overall")


@dataclass(frozen=True)
class UnitMeans:
    """The groups of a table of items: cells first, then skills, domains and the whole.

    scopes: the families that p-values are adjusted over. totals: (groups, cells) of 0 and 1, the cells of each group.
    unit: number of each item's unit. All results have one value per group, in this order.
    """

    scopes: tuple[Family, ...]
    totals: csr_array
    unit: NDArray[np.intp]

    @classmethod
    def of(cls, items: pl.DataFrame) -> UnitMeans:
        """The groups of items with columns `skill`, `domain`, `kind` and `unit` (see `benchmark.units`)."""
        scopes = tuple(family for family in families(items) if family.scope in SCOPES)
        cells = scopes[0]
        members = []
        for family in scopes:
            member = np.zeros((len(family.groups), len(cells.groups)))
            member[family.label, cells.label] = 1.0
            members.append(csr_array(member))
        unit = items["unit"].rank("dense").cast(pl.Int64).to_numpy().astype(np.intp) - 1
        return cls(scopes, csr_array(vstack(members)), unit)

    @property
    def groups(self) -> list[tuple[str, str, str]]:
        """Scope, skill and domain of each group; `all` for subtotals."""
        return [(family.scope, *group[:2]) for family in self.scopes for group in family.groups]

    @property
    def members(self) -> list[NDArray[np.bool_]]:
        """The items of each group, as a mask."""
        return [family.label == number for family in self.scopes for number in range(len(family.groups))]

    def interval(self, values: Array) -> tuple[Array, Array]:
        """95 % interval of the mean of each group, by the bootstrap over units (`stats.bootstrap`)."""
        return bootstrap_interval(self._sums(values), self._sums(np.ones(len(values))), self.totals)

    def p_values(self, changes: Array) -> tuple[Array, Array]:
        """Two-sided p-values of the mean of each group for the null that no unit changes, raw and adjusted.

        By sign flips of the units' changes; adjusted over the groups of a scope (step-down max-T).
        """
        sums = self._sums(changes)
        if not sums.any():
            return np.ones(self.totals.shape[0]), np.ones(self.totals.shape[0])
        test = sign_flips(sums, flips_that_fit(self.totals.shape[0]), self.totals)
        adjusted, first = [], 0
        for family in self.scopes:
            columns = slice(first, first + len(family.groups))
            first = columns.stop
            adjusted.append(adjusted_two_sided_p(test.of(columns)))
        return two_sided_p(test), np.concatenate(adjusted)

    def _sums(self, values: Array) -> Array:
        """Summed values of every unit (rows) in every cell (columns)."""
        cells = self.scopes[0]
        units, columns = int(self.unit.max(initial=-1)) + 1, len(cells.groups)
        summed = np.bincount(self.unit * columns + cells.label, values, units * columns)
        return np.asarray(summed, np.float64).reshape(units, columns)
