"""Section `[items]` of the settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator

from skillprobe_core.settings_section import Section

AUTO: Literal["auto"] = "auto"
"""The setting `levels` for levels that a pilot on each base chooses."""


FORMS = ("[word]", "[list]")
"""Marks in the place of an error of the form in which `levels` was read."""


def _form(levels: object) -> str:
    return FORMS[0] if isinstance(levels, str) else FORMS[1]


Levels = Annotated[
    Annotated[tuple[Annotated[int, Field(ge=1)], ...], Tag(FORMS[1])] | Annotated[Literal["auto"], Tag(FORMS[0])],
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

    @field_validator("levels", mode="before")
    @classmethod
    def _list_or_auto(cls, value: object) -> object:
        if isinstance(value, str) and value != AUTO:
            raise ValueError('expected a list of levels such as [1, 2, 3], or "auto"')
        return value

    @property
    def by_base(self) -> bool:
        """True if each base has an item set of its own."""
        return self.levels == AUTO
