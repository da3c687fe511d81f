"""Sections `[[runs]]` of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from skillprobe_core.runs.checkpoint import UNKNOWN_METHOD
from skillprobe_core.runs.layouts.converted import checked_command
from skillprobe_core.runs.model_naming import model_of
from skillprobe_core.settings_section import Section

from .step_choice import Order


class RunSettings(Section):
    """One training run to watch: its folder, its base checkpoint and its model's name (else `model_of` the folder).

    convert: the command that is run to convert checkpoints that are not stored as models in safetensors files.
    every_steps, order, per_hour: which checkpoints are evaluated (default: as `[watch]` states).
    """

    folder: Path
    base: Path
    model: str
    method: str = UNKNOWN_METHOD
    convert: str = ""
    every_steps: Annotated[int, Field(ge=1)] | None = None
    order: Order | None = None
    per_hour: Annotated[int, Field(ge=0)] | None = None

    @field_validator("convert")
    @classmethod
    def _known_fields(cls, value: str) -> str:
        return checked_command(value)

    @model_validator(mode="before")
    @classmethod
    def _named_after_folder(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("folder"), str | Path) and "model" not in values:
            return {**values, "model": model_of(Path(values["folder"]))}
        return values
