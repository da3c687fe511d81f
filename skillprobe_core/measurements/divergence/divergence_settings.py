"""Section `[divergence]` of the settings."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from skillprobe_core.settings_section import Section


class DivergenceSettings(Section):
    """The texts on which output distributions are compared with the base's, and a switch for rows per token."""

    texts: tuple[Literal["reference", "base", "own"], ...] = ("reference", "base", "own")
    tokens: bool = False

    @field_validator("texts")
    @classmethod
    def _at_least_one(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError('name at least one of "reference", "base" and "own"')
        return tuple(sorted(set(value), key=("reference", "base", "own").index))
