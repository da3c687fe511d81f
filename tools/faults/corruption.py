"""Stored files that are damaged: named by the check, set aside on request, healed by the next run."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.engine.store import Store
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.project.store_faults import faults, set_aside

from .children import run
from .damages import DAMAGES
from .kills import problems
from .small_run import evaluate
from .stores import healed, parts_of


def damaged(work: Path, seed: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Damage a part of each table in each way; the check has to name it, and a run after that to heal the store."""
    parts = [path.relative_to(work / "undisturbed") for path in parts_of(work / "undisturbed")]
    for table in sorted({part.parts[0] for part in parts}):
        rng = random.Random(f"{seed} {table}")
        for name in DAMAGES:
            part = rng.choice([each for each in parts if each.parts[0] == table])
            home = work / "store"
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(work / "undisturbed", home)
            yield f"{part}: {name}", problems(run(_one, home, work, part, name, rng.random()))


def _one(home: Path, work: Path, part: Path, name: str, seed: float) -> list[str]:
    DAMAGES[name](home / part, random.Random(seed))
    store, wrong = Store(home), []
    found = list(faults(store))
    if [fault.path for fault in found] != [home / part] and name != "flipped bit":
        wrong.append(f"the check names {[str(fault.path) for fault in found]}")
    try:
        evaluate(home, work)
    except SkillprobeError as error:
        if "Remedy" not in str(error):
            wrong.append(f"no remedy: {error}")
    found = list(faults(store))  # a run may have replaced the file
    if found:
        set_aside(store, found)
    return wrong + healed(home, work, work / "undisturbed", may_lose=True)
