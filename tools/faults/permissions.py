"""Permissions that are taken away, seen by a user who has to obey them."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from .children import Ended, run
from .kills import problems
from .small_run import evaluate
from .stores import healed

_CAPABILITY_VERSION = 0x20080522
_HIDDEN, _READ_ONLY = 0o000, 0o555


def cases(work: Path) -> dict[str, tuple[Path, int]]:
    """The path below a store whose permissions change, and its new mode, by a name of the case."""
    parts = sorted(path.relative_to(work / "undisturbed") for path in (work / "undisturbed").glob("*/*/*/*.parquet"))
    tables = sorted({part.parts[0] for part in parts})
    found = {"store read-only": (Path(), _READ_ONLY), "settings hidden": (Path("skillprobe.toml"), _HIDDEN)}
    for name in ("_work", "_work/locks", "_work/names", "_work/base_states", "_work/generations"):
        found |= {f"{name} read-only": (Path(name), _READ_ONLY), f"{name} hidden": (Path(name), _HIDDEN)}
    for table in tables:
        part = next(part for part in parts if part.parts[0] == table)
        found |= {f"{part} hidden": (part, _HIDDEN), f"{table} hidden": (Path(table), _HIDDEN)}
        found |= {f"{part.parent} read-only": (part.parent, _READ_ONLY)}
    return found


def taken_away(work: Path) -> Iterator[tuple[str, list[str]]]:
    """Take permissions in a store whose verdicts and later tables are missing, run, restore them, run and compare."""
    for name, (place, mode) in cases(work).items():
        home = work / "store"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(work / "undisturbed", home)
        for table in ("verdicts", "skill_scores"):
            for part in (home / table).rglob("*.parquet"):
                if part != home / place:
                    part.unlink()
        target = home / place
        if not target.exists():
            continue
        before = target.stat().st_mode
        target.chmod(mode)
        wrong = _refusal(run(unprivileged, evaluate, home, work))
        target.chmod(before)
        yield name, wrong + problems(run(unprivileged, healed, home, work, work / "undisturbed"))


def unprivileged(function: Callable[..., object], *arguments: object) -> object:
    """Call a function in a process whose user obeys permissions: root without its capabilities, or any other one."""
    if os.getuid() == 0:
        version = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
        none = (ctypes.c_uint32 * 6)()
        if ctypes.CDLL(None, use_errno=True).capset(version, none) != 0:
            raise OSError(ctypes.get_errno(), "the capabilities of root cannot be dropped")
    return function(*arguments)


def _refusal(ended: Ended) -> list[str]:
    if ended.ok or "Remedy" in ended.refused:
        return []
    return [f"no clear error: {ended.fault or ended.refused or 'killed'}"]
