"""All kinds of the benchmark, by name: those of the files below `kinds/`, and those of plugins."""

from __future__ import annotations

from skillprobe_core.errors import ItemError
from skillprobe_core.plugins import declared, extensions

from .item_schema import Domain, Kind, Skill


def _place(kind: Kind) -> tuple[int, int, int, str]:
    return list(Skill).index(kind.skill), list(Domain).index(kind.domain), kind.order, kind.name


KINDS: tuple[Kind, ...] = tuple(sorted(declared("skillprobe_core.benchmark.kinds", Kind), key=_place))
"""The benchmark's own kinds, by skill, domain and their `order`."""

_ALL = extensions("item kind", Kind, lambda: KINDS, names=lambda kind: (kind.name,))


REPLACED = {
    "false_sum": "flawed_argument",
    "trace_comments": "comment_mismatch",
    "bracket_mismatch": "condition_rewrite",
    "copy_error": "retelling",
}
"""Kinds of earlier versions, and the kinds that took their place in the cell."""


def all_kinds() -> tuple[Kind, ...]:
    """The benchmark's own kinds, then those of plugins; raises SettingsError if two have one name."""
    return tuple(_ALL)


def kind_named(name: str) -> Kind:
    """The kind of that name; raises ItemError with the valid names, or the kind that replaced it, for any other."""
    for kind in all_kinds():
        if kind.name == name:
            return kind
    if name in REPLACED:
        raise ItemError(
            f"the item kind {name!r} of an earlier version no longer exists; {REPLACED[name]!r} took its place",
            remedy=f"replace {name!r} by {REPLACED[name]!r} in `kinds` under [items]; stored results are not affected",
        )
    raise ItemError(
        f"unknown item kind {name!r}",
        remedy=f"use one of {', '.join(sorted(k.name for k in all_kinds()))}",
    )
