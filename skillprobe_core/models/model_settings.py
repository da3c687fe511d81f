"""Sections `[prompts]` and `[compute]` of the settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from skillprobe_core.settings_section import Section


class PromptSettings(Section):
    """Few-shot examples: `shots` worked examples of the item's kind and level, from the training split."""

    shots: Annotated[int, Field(ge=0, le=64)] = 0
    seed: Annotated[int, Field(ge=0)] = 0

    def canonical(self) -> str:
        """Text of the settings that prompts depend on; without examples the seed is left out."""
        return f"{self.shots} shots of seed {self.seed}" if self.shots else "0 shots"


class ComputeSettings(Section):
    """Backend, device and number type of models.

    `auto` is CUDA where there is one; vLLM where it is installed as well; and the stored type, or float32 where the
    processor is much faster in that (see `number_types`). `url` is the address of an OpenAI-compatible server that
    serves the checkpoint under its folder's path.
    """

    backend: str = "auto"
    url: str | None = None
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"

    @field_validator("backend")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != "auto":
            from .backends import backend_names

            if value not in (names := backend_names()):
                raise ValueError(f"unknown backend; use one of auto, {', '.join(names)}")
        return value
