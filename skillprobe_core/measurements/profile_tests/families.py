"""Families of hypotheses that are tested together: the cells, the skills, the domains, the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Family:
    """Disjoint groups of items that p-values are adjusted over.

    scope: cell, skill, domain or overall. groups: the (skill, domain) of each, with `all` for subtotals.
    label: the number of each item's group.
    """

    scope: str
    groups: tuple[tuple[str, str], ...]
    label: NDArray[np.intp]


def families(pairs: pl.DataFrame) -> list[Family]:
    """The four families of a table with columns `skill` and `domain`; a scope with one group is a family too."""
    everything = pl.lit("all")
    scopes = {
        "cell": (pl.col("skill"), pl.col("domain")),
        "skill": (pl.col("skill"), everything.alias("domain")),
        "domain": (everything.alias("skill"), pl.col("domain")),
        "overall": (everything.alias("skill"), everything.alias("domain")),
    }
    return [_family(scope, pairs.with_columns(*columns)) for scope, columns in scopes.items()]


def _family(scope: str, pairs: pl.DataFrame) -> Family:
    groups = pairs.select("skill", "domain").unique().sort("skill", "domain").with_row_index("label")
    label = pairs.select("skill", "domain").join(groups, on=["skill", "domain"], how="left", maintain_order="left")
    return Family(scope, tuple(groups.select("skill", "domain").iter_rows()), label["label"].to_numpy().astype(np.intp))
