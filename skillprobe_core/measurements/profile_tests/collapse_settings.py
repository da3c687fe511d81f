"""Section `[tests]` of the settings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from skillprobe_core.settings_section import Section

COLLAPSE_MARGIN = 0.05
"""The drop in accuracy that a collapse must exceed by default."""


class CollapseSettings(Section):
    """Tests of change.

    collapse_margin: the drop in accuracy (0 to below 1) that a collapse must exceed. Fix it before looking at results:
    the error rate of collapses holds for a margin that does not depend on them.
    """

    collapse_margin: Annotated[float, Field(ge=0, lt=1)] = COLLAPSE_MARGIN
