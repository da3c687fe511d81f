"""All per-checkpoint stages, each after the stages that it reads from."""

from __future__ import annotations

from skillprobe_core.errors import StoreError

from .settings import Settings
from .stage import Stage
from .stages import (
    checkpoints,
    generations,
    logit_divergence,
    parameter_stats,
    profile_tests,
    representation_shift,
    skill_scores,
    token_divergence,
    verdicts,
)

STAGES: tuple[Stage, ...] = (
    checkpoints.STAGE,
    generations.STAGE,
    verdicts.STAGE,
    skill_scores.STAGE,
    logit_divergence.STAGE,
    representation_shift.STAGE,
    parameter_stats.STAGE,
    profile_tests.STAGE,
)


def stages_of(settings: Settings) -> tuple[Stage, ...]:
    """The stages required by the settings: all, and before `logit_divergence` that of token rows if it is enabled."""
    if not settings.divergence.tokens:
        return STAGES
    place = STAGES.index(logit_divergence.STAGE)
    return (*STAGES[:place], token_divergence.STAGE, *STAGES[place:])


def stage_named(name: str) -> Stage:
    """The stage that writes the table of that name; raises StoreError with the valid names for any other."""
    for stage in STAGES:
        if stage.name == name:
            return stage
    raise StoreError(f"no stage writes a table {name!r}", remedy=f"use one of {', '.join(s.name for s in STAGES)}")
