"""Public data sets as items: one file per source, found by this registry."""

from __future__ import annotations

from skillprobe_core.errors import ItemError
from skillprobe_core.plugins import Live, declared, extensions

from .source import Source

SOURCES: Live[Source] = extensions(
    "data source", Source, lambda: declared(__name__, Source), names=lambda source: (source.name,)
)
"""All sources: those of this folder's files, sorted by file name, then those of plugins."""


def source_named(name: str) -> Source:
    """The source of that name; raises ItemError with the valid names for any other."""
    for source in SOURCES:
        if source.name == name:
            return source
    raise ItemError(
        f"unknown source {name!r}",
        remedy=f"use one of {', '.join(source.name for source in SOURCES)}, gym/DATASET, or a .jsonl or .parquet file",
    )
