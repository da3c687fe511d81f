"""Run folders in a folder, in any nesting."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .layouts import LAYOUTS, Found, Layout
from .places import LEVELS, found_in, full_path

DEPTH = 3
"""Levels of folders that are searched below the given one."""


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run folder, and what the layouts find there."""

    folder: Path
    found: tuple[Found, ...]


def runs_in(folder: Path, layouts: Sequence[Layout] = LAYOUTS) -> list[FoundRun]:
    """The runs that a path leads to, sorted.

    Args:
        folder: A run folder, a checkpoint or another folder in one, or a folder above runs.
        layouts: The layouts to look for.

    Returns:
        The run that holds the folder, or else the runs in it, up to three levels down. Empty if there are none.
    """
    folder = full_path(folder)
    own = _found(folder, layouts)
    above = [(root, _found(root, layouts)) for root in folder.parents[:LEVELS]]
    for root, found in above:
        if any(each.covers(folder) for each in found):
            return _of(root, found)
    if all(each.files.path == folder for each in own):
        for root, found in above:
            if any(folder in each.files.path.parents for each in found):
                return _of(root, found)
    return list(_below(folder, own, layouts, DEPTH, stepless=True))


def _found(folder: Path, layouts: Sequence[Layout]) -> list[Found]:
    try:
        return found_in(folder, layouts)
    except Exception:  # unreadable or damaged: it holds nothing that can be described, the other folders may
        return []


def _of(root: Path, found: Sequence[Found]) -> list[FoundRun]:
    runs = dict.fromkeys(each.run for each in found if each.files.path != root)
    return [FoundRun(run, tuple(each for each in found if each.run == run)) for run in runs]


def _below(
    folder: Path, found: Sequence[Found], layouts: Sequence[Layout], depth: int, *, stepless: bool
) -> Iterator[FoundRun]:
    """Runs at a folder and below. In a run folder, only runs with steps count, and no folder of a checkpoint does."""
    inside = [each for each in found if each.files.path != folder]
    for run in dict.fromkeys(each.run for each in (inside or found if stepless else inside)):
        yield FoundRun(run, tuple(each for each in found if each.run == run))
    if depth:
        parts = [each.files.path for each in inside]
        kept = {part.relative_to(folder).parts[0] for part in parts if part.is_relative_to(folder)}
        for child in _subfolders(folder):
            if child.name not in kept:
                below = _found(child, layouts)
                yield from _below(child, below, layouts, depth - 1, stepless=stepless and not found)


def _subfolders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in entries if not each.name.startswith(".") and _is_folder(each)]
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link that leads to itself
        return False
