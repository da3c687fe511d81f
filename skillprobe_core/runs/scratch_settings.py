"""The section `[scratch]` of the settings: copies of weights, pins of checkpoints, and their limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from skillprobe_core.settings_section import Section

from .scratch import Scratch


class ScratchSettings(Section):
    """Limits of the copies that are made of weights, and of the pins that keep checkpoints from rotation.

    folder: where copies go (default: in the store). gigabytes: the most that copies and pins hold together.
    free_gigabytes: space that stays free on each disk. convert_seconds: the longest time that a converter may run.
    pin: `link` to keep complete checkpoints by hard links, `copy` to copy them where linking fails, `off` for neither.
    """

    folder: Path | None = None
    gigabytes: Annotated[float, Field(ge=0)] = 200.0
    free_gigabytes: Annotated[float, Field(ge=0)] = 5.0
    convert_seconds: Annotated[float, Field(gt=0)] = 3600.0
    pin: Literal["link", "copy", "off"] = "link"

    def scratch(self, default: Path) -> Scratch:
        """The folder with its limits; `default` is used if the settings name none."""
        size, free = int(self.gigabytes * 1e9), int(self.free_gigabytes * 1e9)
        return Scratch(self.folder or default, size, free, self.convert_seconds)
