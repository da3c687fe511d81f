"""Every table of the store."""

from __future__ import annotations

from skillprobe_core.errors import StoreError

from .schema import Table
from .tables.checkpoints import CHECKPOINTS
from .tables.generations import GENERATIONS
from .tables.items import ITEMS
from .tables.logit_divergence import LOGIT_DIVERGENCE
from .tables.noise_floor import NOISE_FLOOR
from .tables.parameter_stats import PARAMETER_STATS
from .tables.profile_tests import PROFILE_TESTS
from .tables.skill_scores import SKILL_SCORES
from .tables.verdicts import VERDICTS

TABLES: tuple[Table, ...] = (
    ITEMS,
    CHECKPOINTS,
    GENERATIONS,
    VERDICTS,
    SKILL_SCORES,
    LOGIT_DIVERGENCE,
    PARAMETER_STATS,
    PROFILE_TESTS,
)


ON_REQUEST: tuple[Table, ...] = (NOISE_FLOOR,)
"""Tables that a command of their own writes: no stage makes them, so no asset does."""


def table_named(name: str) -> Table:
    """The table of that name; raises StoreError with the known names otherwise."""
    for table in (*TABLES, *ON_REQUEST):
        if table.name == name:
            return table
    raise StoreError(
        f"there is no table {name!r}", remedy=f"use one of {', '.join(t.name for t in (*TABLES, *ON_REQUEST))}"
    )
