"""Section `[readings]` of the settings."""

from __future__ import annotations

from typing import Literal

from skillprobe_core.benchmark.fair_reading import ELICITED, EXACT, FORCED
from skillprobe_core.settings_section import Section

READ_AGAIN = (EXACT, FORCED, ELICITED)
"""The readings that are made on request, next to the fair one."""

SHOTS = 4
"""Worked examples in the prompts of the elicited reading."""

FORCED_TOKENS = 48
"""Token limit of the answer that the forced reading continues with."""


class ReadingSettings(Section):
    """Other readings of answers on request.

    also: readings to make next to the fair one. Any of them includes `exact`, which generates nothing.
    cells: the cells whose items `forced` and `elicited` read: those whose accuracy fell significantly, or all.
    """

    also: tuple[Literal["exact", "forced", "elicited"], ...] = ()
    cells: Literal["fallen", "all"] = "fallen"

    @property
    def generated(self) -> tuple[str, ...]:
        """The requested readings that run the models, in the order of `READ_AGAIN`."""
        return tuple(name for name in READ_AGAIN if name in self.also and name != EXACT)

    @property
    def cost(self) -> tuple[str, ...]:
        """The cost of each requested reading in words."""
        of = "items of the cells that fell significantly" if self.cells == "fallen" else "all items"
        costs = {
            EXACT: "judges the stored completions again, without a model",
            FORCED: f"one continuation of at most {FORCED_TOKENS} tokens per answer, or one forward pass per option; "
            f"{of}, base and checkpoint",
            ELICITED: f"one completion per answer, with {SHOTS} worked examples in the prompt; {of}, base "
            "and checkpoint",
        }
        wanted = (EXACT, *self.generated) if self.also else ()
        return tuple(f"{name}: {costs[name]}" for name in wanted)

    def canonical(self) -> str:
        """Text of the settings that the rows of `readings` depend on."""
        if not self.generated:
            return EXACT
        return f"{', '.join((EXACT, *self.generated))}; cells: {self.cells}"
