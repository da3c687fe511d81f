"""Kills of a run before each act that changes its store, and at random times."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .children import Ended, killed_at, run
from .small_run import evaluate
from .stores import healed


@dataclass(frozen=True, slots=True)
class Stage:
    """The computation of one table for the base and the checkpoint, as it went undisturbed.

    before, after: copies of the store. acts: number of acts that changed it. seconds: its duration.
    """

    table: str
    before: Path
    after: Path
    acts: int
    seconds: float


def at_acts(work: Path, stages: Sequence[Stage], every: int = 1) -> Iterator[tuple[str, list[str]]]:
    """Kill the computation of each table before its n-th act; then complete it and compare.

    Args:
        work: Folder with the models.
        stages: The stages; each begins with the tables before it.
        every: Distance of two acts that are killed.

    Yields:
        A name of the case, and what is wrong afterwards.
    """
    for stage in stages:
        for act in range(1, stage.acts + 1, every):
            home = _fresh(work, stage)
            ended = run(killed_at, act, evaluate, home, work, stage.table)
            yield f"{stage.table} before act {act}", _checked(home, work, stage, ended)


def at_times(work: Path, stages: Sequence[Stage], number: int, seed: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Kill runs from outside at random times, also within a write of a native library; then complete and compare."""
    rng = random.Random(seed)
    for _ in range(number):
        (stage,) = rng.choices(stages, [stage.seconds for stage in stages])
        home, after = _fresh(work, stage), rng.uniform(0, stage.seconds)
        ended = run(evaluate, home, work, stage.table, kill_after=after)
        yield f"{stage.table} after {after:.3f} s", _checked(home, work, stage, ended)


def problems(ended: Ended) -> list[str]:
    """The findings of a check, or the way in which it failed."""
    return list(ended.value) if ended.ok else [ended.refused or ended.fault or "the check was killed"]


def _fresh(work: Path, stage: Stage) -> Path:
    home = work / "store"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(stage.before, home)
    return home


def _checked(home: Path, work: Path, stage: Stage, ended: Ended) -> list[str]:
    if ended.refused or ended.fault:
        return [f"the run ended by itself: {ended.refused or ended.fault}"]
    return problems(run(healed, home, work, stage.after, stage.table))
