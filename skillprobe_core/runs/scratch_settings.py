"""The section `[scratch]` of the settings: copies of weights, pins of checkpoints, and their limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from skillprobe_core.settings_section import Section

from .scratch import Scratch


class ScratchSettings(Section):
    """Limits of everything that can be made again, and of the pins that keep checkpoints from rotation.

    folder: where copies go (default: in the store). gigabytes: the most that copies of weights, pins, hidden states of
    bases and logs of completions hold together; what was used longest ago makes room.
    free_gigabytes: space that stays free on each disk. convert_seconds: the longest time that a converter may run.
    pin: `link` to keep complete checkpoints by hard links, `copy` to copy them where linking fails, `off` for neither.
    """

    folder: Path | None = None
    gigabytes: Annotated[float, Field(ge=0)] = 200.0
    free_gigabytes: Annotated[float, Field(ge=0)] = 5.0
    convert_seconds: Annotated[float, Field(gt=0)] = 3600.0
    pin: Literal["link", "copy", "off"] = "link"

    def scratch(self, work: Path) -> Scratch:
        """The folder with its limits.

        work: the store's folder for work in progress, in which copies go to `weights` if the settings name no folder.
        """
        size, free = int(self.gigabytes * 1e9), int(self.free_gigabytes * 1e9)
        return Scratch(self.folder or work / "weights", size, free, self.convert_seconds, work)
