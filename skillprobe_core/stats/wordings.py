"""Test that a change is the same for all wordings of a question."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


def wording_p(change: Array, stratum: Codes, wording: Codes, group: Codes, groups: int) -> Array:
    """p-value per group for the null that the wording does not affect the change; NaN if wordings cannot be compared.

    change, stratum, wording, group: one value per item; `stratum` numbers the sets of items within which wordings are
    compared (a kind's level), `wording` the pairs of stratum and wording, `group` the groups of the p-values. Numbers
    may be left out: clustered items, which are not compared, may have the first ones.
    If wordings do not matter, they are exchangeable given the changes of a stratum, so (n - 1) · SSB / SST has
    expectation wordings - 1 and is nearly χ² (the randomisation test of mean scores: Landis, Heyman, Koch 1978);
    strata are independent and add up.
    """
    if not len(change):
        return np.full(groups, np.nan)
    strata = int(stratum.max()) + 1
    size, mean = _means(change, stratum, strata)
    _, first, wording = np.unique(wording, return_index=True, return_inverse=True)
    wording_size, wording_mean = _means(change, wording, len(first))
    home = stratum[first]
    between = np.bincount(home, wording_size * (wording_mean - mean[home]) ** 2, strata)
    total = np.bincount(stratum, (change - mean[stratum]) ** 2, strata)
    freedom = np.bincount(home, minlength=strata) - 1.0
    usable = (total > 1e-12) & (freedom > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(usable, (size - 1) * between / total, 0.0)
    owner = np.zeros(strata, dtype=np.intp)
    owner[stratum] = group
    per_group = np.bincount(owner, statistic, groups)
    degrees = np.bincount(owner, np.where(usable, freedom, 0.0), groups)
    return np.where(degrees > 0, chdtrc(np.maximum(degrees, 1), per_group), np.nan)


def _means(values: Array, code: Codes, codes: int) -> tuple[Array, Array]:
    size = np.bincount(code, minlength=codes).astype(np.float64)
    return size, np.bincount(code, values, codes) / np.maximum(size, 1)
