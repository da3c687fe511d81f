"""Places of checkpoints: what the layouts find in a folder, and the checkpoint that a path names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .layouts import LAYOUTS, Found, Layout, completeness
from .model_files import ModelFiles

LEVELS = 5
"""Folders above a path in which its run is looked for: verl and NeMo-RL have models five levels down."""


def found_in(root: Path, layouts: Sequence[Layout] = LAYOUTS) -> list[Found]:
    """All that the layouts find in a folder, in the layouts' order, including the folder itself if it is a checkpoint.

    Raises OSError when the folder cannot be read, and whatever else a layout raises when no other one finds anything.
    """
    names = os.listdir(root)  # raises for a missing folder, for which a layout may find nothing
    found: list[Found] = []
    failed: Exception | None = None
    for layout in layouts:
        try:
            if isinstance(layout, Layout) and not layout.may_hold(names):
                continue
            found += (replace(each, layout=layout.name) for each in layout.find(root))
        except OSError:
            raise
        except Exception as error:
            failed = failed or error
    if failed and not found:
        raise failed
    return found


def full_path(folder: Path) -> Path:
    """The folder's absolute path, with `..` resolved and symbolic links otherwise kept: a link may name a run."""
    # Neither of the two raises, whatever the links are: a folder that cannot be used is reported where it is read.
    return Path(os.path.realpath(folder)) if ".." in folder.parts else folder.absolute()


def locate(path: Path, layouts: Sequence[Layout] = LAYOUTS) -> Found | None:
    """The checkpoint that a path names, as the layouts find it; None where they find none.

    The path may be the checkpoint, or a folder between it and its weights or configuration. It is looked for in up to
    five folders above it, the nearest first, and then as a folder that is a checkpoint by itself. Never raises.
    """
    path = full_path(path)
    for root in (*path.parents[:LEVELS], path):
        for found in _found(root, layouts):
            if found.covers(path):
                return found
    return None


def checkpoint_of(path: Path, layouts: Sequence[Layout] = LAYOUTS) -> Found:
    """The checkpoint that a path names: as `locate` finds it, or else a folder that holds all parts, without a step."""
    path = full_path(path)
    return locate(path, layouts) or Found(path, 0, ModelFiles.of(path), completeness.quiet())


def checkpoints_below(folder: Path, layouts: Sequence[Layout] = LAYOUTS) -> tuple[Path, list[Found]]:
    """The run whose checkpoints lie in a folder, and those checkpoints by rising step.

    The folder is the run's, or one between it and the checkpoints, such as prime-rl's `broadcasts`. Raises OSError when
    the folder cannot be read.
    """
    folder = full_path(folder)
    next(folder.iterdir(), None)
    for root in (folder, *folder.parents[:LEVELS]):
        below = [each for each in _found(root, layouts) if folder in each.files.path.parents]
        if below:
            return below[0].run, sorted(below, key=lambda each: each.step)
    return folder, []


def _found(root: Path, layouts: Sequence[Layout]) -> list[Found]:
    try:
        return found_in(root, layouts)
    except Exception:  # missing, unreadable or damaged: reported where the checkpoint itself is read
        return []
