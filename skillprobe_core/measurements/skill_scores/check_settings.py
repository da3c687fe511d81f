"""Section `[checks]` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from skillprobe_core.settings_section import Section


class CheckSettings(Section):
    """Limits above which a check warns, as shares of the completions (0 to 1)."""

    unparsed_limit: Annotated[float, Field(ge=0, le=1)] = 0.5
    truncated_limit: Annotated[float, Field(ge=0, le=1)] = 0.2
