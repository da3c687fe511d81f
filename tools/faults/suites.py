"""The suites of faults by name, and the undisturbed run that all of them are compared with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from .children import Ended, counted, preload, run
from .connections import dropped
from .corruption import damaged
from .disks import small_disks, small_files
from .kills import Stage, at_acts, at_times
from .permissions import taken_away
from .small_run import evaluate, table_names, write_models, write_settings

Cases: TypeAlias = Iterator[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """The folder of the models and of the undisturbed store, and the stages of its run."""

    work: Path
    stages: tuple[Stage, ...]


def undisturbed(work: Path) -> Undisturbed:
    """Write the models, run without a fault, and import what that run imported, so that later ones start quickly."""
    first = work / "first"
    write_settings(first)
    _value(run(write_models, work))
    preload(_value(run(counted, evaluate, first, work))[2])
    before = work / "stages" / "begin"
    write_settings(before)
    stages = []
    for table in _value(run(table_names, first, work)):
        after = work / "stages" / table
        shutil.copytree(before, after)
        acts, seconds, _ = _value(run(counted, evaluate, after, work, table))
        stages.append(Stage(table, before, after, acts, seconds))
        before = after
    shutil.copytree(before, work / "undisturbed")
    return Undisturbed(work, tuple(stages))


def _value(ended: Ended) -> Any:  # noqa: ANN401 (of any function)
    if not ended.ok:
        raise RuntimeError(ended.refused or ended.fault)
    return ended.value


SUITES: dict[str, Callable[[Undisturbed, int, int], Cases]] = {
    "kill at an act": lambda run, every, _: at_acts(run.work, run.stages, every),
    "kill at a random time": lambda run, _, times: at_times(run.work, run.stages, times),
    "full disk": lambda run, _, __: small_disks(run.work),
    "limit of file sizes": lambda run, _, __: small_files(run.work),
    "permissions": lambda run, _, __: taken_away(run.work),
    "damaged file": lambda run, _, __: damaged(run.work),
    "dropped connection": lambda run, _, __: dropped(run.work),
}
