"""Every kind of the benchmark, by name."""

from __future__ import annotations

from skillprobe_core.errors import ItemError

from .kinds import calculation, diagnostic, enumeration, fact_retrieval, simulation
from .schema import Kind

KINDS: tuple[Kind, ...] = (
    *calculation.KINDS,
    *fact_retrieval.KINDS,
    *simulation.KINDS,
    *enumeration.KINDS,
    *diagnostic.KINDS,
)


def kind_named(name: str) -> Kind:
    """The kind of that name; raises ItemError with the known names otherwise."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise ItemError(
        f"there is no item kind named {name!r}",
        remedy=f"use one of {', '.join(sorted(k.name for k in KINDS))}",
    )
