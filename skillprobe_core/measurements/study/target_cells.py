"""Target cells: the cells that a model was trained on."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from skillprobe_core.errors import SettingsError


def target_cells(names: Sequence[str], items: pl.DataFrame) -> list[tuple[str, str]]:
    """The (skill, domain) cells that names stand for: a domain, a skill, or SKILL/DOMAIN; sorted, each once.

    Raises SettingsError for a name that matches no cell of the items.
    """
    cells = sorted(items.select("skill", "domain").unique().iter_rows())
    chosen: set[tuple[str, str]] = set()
    for name in names:
        found = [cell for cell in cells if name in (*cell, "/".join(cell))]
        if not found:
            known = sorted({part for cell in cells for part in cell})
            raise SettingsError(
                f"target {name!r} matches no cell of the item set",
                remedy=f"use SKILL/DOMAIN, or one of {', '.join(known)}, for --target or `targets` under [study]",
            )
        chosen.update(found)
    return sorted(chosen)


def is_target(cells: Sequence[tuple[str, str]]) -> pl.Expr:
    """True for rows (columns `skill` and `domain`) that belong to one of the cells."""
    if not cells:
        return pl.lit(value=False)
    return pl.concat_str("skill", "domain", separator="/").is_in(["/".join(cell) for cell in cells])
