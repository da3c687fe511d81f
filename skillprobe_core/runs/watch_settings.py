"""The section `[watch]` of the settings: which checkpoints of all runs are evaluated, and how often one is tried."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from skillprobe_core.settings_section import Section

from .run_settings import RunSettings
from .step_choice import Order, StepChoice


class WatchSettings(Section):
    """Choice among the checkpoints of a run, for runs whose own section does not state it.

    every_steps: of so many steps one checkpoint is evaluated. order: `oldest` first, `newest` first, or `ends`: newest
    and oldest, then the middles. per_hour: the most checkpoints of a run that are begun within an hour (0: no limit).
    attempts: how often a version is evaluated that fails.
    """

    every_steps: Annotated[int, Field(ge=1)] = 1
    order: Order = "oldest"
    per_hour: Annotated[int, Field(ge=0)] = 0
    attempts: Annotated[int, Field(ge=1)] = 3

    def of(self, run: RunSettings) -> StepChoice:
        """The choice for a run: its own settings, else these."""
        return StepChoice(
            self.every_steps if run.every_steps is None else run.every_steps,
            self.order if run.order is None else run.order,
            self.per_hour if run.per_hour is None else run.per_hour,
        )
