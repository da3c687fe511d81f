"""Sections `[[layouts]]` of the settings: a layout without code."""

from __future__ import annotations

import re
import string
from typing import Annotated

from pydantic import Field, field_validator

from skillprobe_core.settings_section import Section

from .layouts import Layout
from .layouts.converted import checked_command
from .layouts.described_layout import DescribedLayout, rule_of


class LayoutSettings(Section):
    """A layout without code: the places of checkpoints, and the rule by which they are complete.

    pattern: the folder of a checkpoint, from the run folder, with `{step}` in one part.
    complete: `file:NAME`, `json:NAME`, `number:NAME` (in the run folder), `absent:NAME`, `rename`, `quiet` or
    `quiet:SECONDS`.
    weights, config_from, tokenizer_from: folders (weights: or a safetensors file), from the checkpoint's folder or
    absolute. convert: the command that is run to convert weights that cannot be read.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    pattern: str
    complete: str = "quiet"
    weights: str = "."
    config_from: str = "."
    tokenizer_from: str = "."
    convert: str = ""

    @field_validator("pattern")
    @classmethod
    def _has_step(cls, value: str) -> str:
        parts = value.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise ValueError("a path from the run folder, without an empty part, `.` or `..`")
        try:
            fields = [name for _, name, _, _ in string.Formatter().parse(value) if name is not None]
            numbers = dict.fromkeys(fields, 1)
            value.format(**numbers)
        except (IndexError, KeyError, ValueError) as error:
            raise ValueError("not a pattern such as step_{step}/policy or iter_{step:07}") from error
        if fields.count("step") != 1 or not all(re.fullmatch(r"\w+", name) for name in fields):
            raise ValueError("it must hold {step} once, for example step_{step}/policy")
        return value

    @field_validator("complete")
    @classmethod
    def _known_rule(cls, value: str) -> str:
        rule_of(value)
        return value

    @field_validator("convert")
    @classmethod
    def _known_fields(cls, value: str) -> str:
        return checked_command(value)

    @property
    def layout(self) -> Layout:
        """The layout that the section describes."""
        return DescribedLayout(
            self.pattern, self.complete, self.weights, self.config_from, self.tokenizer_from, self.convert
        ).layout(self.name)
