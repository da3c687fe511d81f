"""Every per-checkpoint stage, in an order in which each finds what it needs."""

from __future__ import annotations

from skillprobe_core.errors import StoreError

from .stage import Stage
from .stages import (
    checkpoints,
    generations,
    logit_divergence,
    parameter_stats,
    profile_tests,
    skill_scores,
    verdicts,
)

STAGES: tuple[Stage, ...] = (
    checkpoints.STAGE,
    generations.STAGE,
    verdicts.STAGE,
    skill_scores.STAGE,
    logit_divergence.STAGE,
    parameter_stats.STAGE,
    profile_tests.STAGE,
)


def stage_named(name: str) -> Stage:
    """The stage that writes the table of that name; raises StoreError with the known names otherwise."""
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise StoreError(f"no stage writes {name!r}", remedy=f"use one of {', '.join(s.name for s in STAGES)}")
