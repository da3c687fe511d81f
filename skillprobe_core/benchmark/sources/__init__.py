"""Public data sets as items: one file per source, and this registry."""

from __future__ import annotations

from skillprobe_core.errors import ItemError

from . import arc, basic_skills, error_recovery, gsm8k, gsm8k_first_error, math500, mmlu, triviaqa
from .source import Source

SOURCES: tuple[Source, ...] = (
    arc.SOURCE,
    basic_skills.SOURCE,
    error_recovery.SOURCE,
    gsm8k.SOURCE,
    gsm8k_first_error.SOURCE,
    math500.SOURCE,
    mmlu.SOURCE,
    triviaqa.SOURCE,
)


def source_named(name: str) -> Source:
    """The source of that name; raises ItemError with the valid names for any other."""
    for source in SOURCES:
        if source.name == name:
            return source
    raise ItemError(
        f"unknown source {name!r}",
        remedy=f"use one of {', '.join(source.name for source in SOURCES)}, gym/DATASET, or a .jsonl or .parquet file",
    )
