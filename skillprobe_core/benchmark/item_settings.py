"""Section `[items]` of the settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from skillprobe_core.settings_section import Section

AUTO: Literal["auto"] = "auto"
"""The setting `levels` for levels that a pilot on each base chooses."""


def _form(levels: object) -> str:
    return "[word]" if isinstance(levels, str) else "[list]"


Levels = Annotated[
    Annotated[tuple[Annotated[int, Field(ge=1)], ...], Tag("[list]")] | Annotated[Literal["auto"], Tag("[word]")],
    Discriminator(_form),
]


class ItemSettings(Section):
    """The item set: `per_level` items of every kind at each of `levels`, and `per_source` items of each imported
    source, of any level.

    With `levels = "auto"` a pilot on the base chooses the levels of each kind, which has the items of three levels,
    shared by the chosen ones."""

    levels: Levels = (1, 2, 3)
    per_level: Annotated[int, Field(ge=1)] = 12
    seed: Annotated[int, Field(ge=0)] = 0
    kinds: tuple[str, ...] | None = None
    sources: tuple[str, ...] = ()
    per_source: Annotated[int, Field(ge=1)] = 200

    @property
    def by_base(self) -> bool:
        """True if each base has an item set of its own."""
        return self.levels == AUTO
