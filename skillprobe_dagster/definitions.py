"""The definitions that Dagster loads."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from skillprobe_core.home import home

from .assets import ASSETS, SUMMARIES
from .checks import CHECKS
from .jobs import probe_checkpoint
from .resources import ProjectResource
from .sensors import new_checkpoints, summaries


def build_defs(store: Path) -> dg.Definitions:
    """All definitions for the store in that folder."""
    return dg.Definitions(
        assets=[*ASSETS, *SUMMARIES],
        asset_checks=CHECKS,
        jobs=[probe_checkpoint],
        sensors=[new_checkpoints, summaries],
        resources={"project": ProjectResource(home=str(store))},
        executor=dg.in_process_executor,
    )


defs = build_defs(home())
