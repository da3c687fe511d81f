"""Families of hypotheses that are tested together: the cells, the skills, the domains, the whole, the kinds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

KIND = "kind"
"""The scope whose groups are the kinds of every cell."""


@dataclass(frozen=True, slots=True)
class Family:
    """Disjoint groups of items that p-values are adjusted over.

    scope: cell, skill, domain, overall or kind. groups: the (skill, domain, kind) of each, with `all` for what it sums
    over. label: the number of each item's group.
    """

    scope: str
    groups: tuple[tuple[str, str, str], ...]
    label: NDArray[np.intp]


def families(pairs: pl.DataFrame) -> list[Family]:
    """The five families of a table with columns `skill`, `domain` and `kind`; the kinds, which are finest, come last.

    A scope with one group is a family too.
    """
    skill, domain, kind = (pl.lit("all").alias(name) for name in _KEYS)
    scopes = {
        "cell": (kind,),
        "skill": (domain, kind),
        "domain": (skill, kind),
        "overall": (skill, domain, kind),
        KIND: (),
    }
    return [_family(scope, pairs.with_columns(*columns)) for scope, columns in scopes.items()]


_KEYS = ("skill", "domain", "kind")


def _family(scope: str, pairs: pl.DataFrame) -> Family:
    groups = pairs.select(_KEYS).unique().sort(_KEYS).with_row_index("label")
    label = pairs.select(_KEYS).join(groups, on=_KEYS, how="left", maintain_order="left")
    return Family(scope, tuple(groups.select(_KEYS).iter_rows()), label["label"].to_numpy().astype(np.intp))
