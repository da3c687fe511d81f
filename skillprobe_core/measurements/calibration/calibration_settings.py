"""Section `[calibration]` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from skillprobe_core.settings_section import Section


class CalibrationSettings(Section):
    """Measurements of calibration on request.

    likelihood: one more pass of the model gives the likelihood of every option of each multiple-choice item.
    twins: number of unanswerable twins of each kind and level that has them.
    """

    likelihood: bool = False
    twins: Annotated[int, Field(ge=0)] = 0

    def canonical(self) -> str:
        """Text of the settings that the rows of `calibration` depend on."""
        return f"likelihood: {str(self.likelihood).lower()}, twins: {self.twins}"
