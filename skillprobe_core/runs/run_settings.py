"""Sections `[[runs]]` of the settings."""

from __future__ import annotations

from pathlib import Path

from pydantic import field_validator, model_validator

from skillprobe_core.runs.checkpoint import UNKNOWN_METHOD
from skillprobe_core.runs.layouts.converted import checked_command
from skillprobe_core.runs.model_naming import model_of
from skillprobe_core.settings_section import Section


class RunSettings(Section):
    """One training run to watch: its folder, its base checkpoint and its model's name (else `model_of` the folder).

    convert: the command that is run to convert checkpoints that are not stored as models in safetensors files.
    """

    folder: Path
    base: Path
    model: str
    method: str = UNKNOWN_METHOD
    convert: str = ""

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
