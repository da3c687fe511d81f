"""Section `[protocol]` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from skillprobe_core.settings_section import Section


class ProtocolSettings(Section):
    """The name of the protocol: the items and how they are given. A new name takes the items of today."""

    name: Annotated[str, Field(min_length=1)] | None = None
