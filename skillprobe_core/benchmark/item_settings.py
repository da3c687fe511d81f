"""Section `[items]` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from skillprobe_core.settings_section import Section


class ItemSettings(Section):
    """The item set: `per_level` items of every kind at each of `levels`, and `per_source` items of each imported
    source, of any level."""

    levels: tuple[Annotated[int, Field(ge=1, le=5)], ...] = (1, 2, 3)
    per_level: Annotated[int, Field(ge=1)] = 12
    seed: Annotated[int, Field(ge=0)] = 0
    kinds: tuple[str, ...] | None = None
    sources: tuple[str, ...] = ()
    per_source: Annotated[int, Field(ge=1)] = 200
