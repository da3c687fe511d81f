"""All kinds of the benchmark, by name."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from skillprobe_core.errors import ItemError

from .item_schema import Kind
from .kinds import calculation, diagnostic, enumeration, fact_retrieval, simulation

GROUP = "skillprobe.kinds"

KINDS: tuple[Kind, ...] = (
    *calculation.KINDS,
    *fact_retrieval.KINDS,
    *simulation.KINDS,
    *enumeration.KINDS,
    *diagnostic.KINDS,
)


@cache
def installed_kinds() -> tuple[Kind, ...]:
    """The kinds that other installed packages provide under the entry point group `skillprobe.kinds`.

    An entry point names a `Kind` or a sequence of them. Raises ItemError for one that cannot be loaded, is something
    else, or has a name that is already used.
    """
    found: list[Kind] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        called = f"{entry.name} = {entry.value}"
        try:
            loaded = entry.load()
        except Exception as error:
            raise ItemError(
                f"entry point {called!r} cannot be loaded: {error!r}",
                remedy="fix this error in the package that provides it, or uninstall the package",
            ) from error
        kinds = (loaded,) if isinstance(loaded, Kind) else tuple(loaded) if isinstance(loaded, (tuple, list)) else ()
        if not kinds or not all(isinstance(kind, Kind) for kind in kinds):
            raise ItemError(
                f"entry point {called!r} is not a Kind", remedy="let the entry point name a Kind or a tuple of kinds"
            )
        for kind in kinds:
            if kind.name in {other.name for other in (*KINDS, *found)}:
                raise ItemError(
                    f"entry point {called!r}: the kind name {kind.name!r} is already used",
                    remedy="rename the kind in its package, or uninstall one of the packages",
                )
            found.append(kind)
    return tuple(found)


def all_kinds() -> tuple[Kind, ...]:
    """The benchmark's own kinds and those of installed packages."""
    return (*KINDS, *installed_kinds())


def kind_named(name: str) -> Kind:
    """The kind of that name; raises ItemError with the valid names for any other."""
    for kind in all_kinds():
        if kind.name == name:
            return kind
    raise ItemError(
        f"unknown item kind {name!r}",
        remedy=f"use one of {', '.join(sorted(k.name for k in all_kinds()))}",
    )
