"""All rules for unanswerable twins, by kind: those of this folder's files, and those of plugins."""

from __future__ import annotations

from skillprobe_core.plugins import declared, extensions

from .twin import TwinKind

_ALL = extensions(
    "unanswerable twin",
    TwinKind,
    lambda: declared("skillprobe_core.benchmark.twins", TwinKind),
    names=lambda each: (each.kind,),
)


def twin_kinds() -> dict[str, TwinKind]:
    """The rule of each kind that has twins, by the kind's name; raises SettingsError if a kind has two."""
    return {each.kind: each for each in sorted(_ALL, key=lambda each: each.kind)}
