"""Checks a folder that somebody typed, before anything is read from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from skillprobe_core.errors import CheckpointError
from skillprobe_core.visible import visible

from .hub_ids import is_hub_id
from .layouts import LAYOUTS, Layout
from .model_naming import model_name
from .nested_runs import runs_in
from .places import checkpoints_below, locate
from .run_description import unreadable_error


def local_folder(folder: Path, role: str, layouts: Sequence[Layout] = LAYOUTS) -> None:
    """Raise CheckpointError unless the path can be a checkpoint: not a missing one, another file, or a run folder.

    role: what the folder was given as, for the message ("the checkpoint", "the base").
    """
    try:
        _check(folder, role, layouts)
    except OSError as error:
        raise CheckpointError(
            f"cannot be read: {error.strerror or error}, so it cannot be {role}",
            remedy="make the folder readable for this user, or name another one",
            path=folder,
        ) from error


def _hub_id(folder: Path) -> str:
    """The hub id that a missing folder was perhaps meant as: its last two names."""
    name = "/".join(folder.parts[-2:])
    return visible(name) if is_hub_id(name) else "ORGANISATION/NAME"


def _check(folder: Path, role: str, layouts: Sequence[Layout]) -> None:
    if not folder.exists():
        raise CheckpointError(
            f"there is no such folder, so it cannot be {role}",
            remedy="correct the path. A model of the Hugging Face hub has to be downloaded first: "
            f"`hf download {_hub_id(folder)}` puts it into the local cache, and its name can then be used as a path",
            path=folder,
        )
    located = locate(folder, layouts)
    if located is not None and located.conversion is not None:
        raise unreadable_error(
            located.files.path, located.conversion, None, model_name(located.run), located.step, located.run
        )
    if located is not None:
        return
    if not folder.is_dir():
        raise CheckpointError(
            f"is a file, so it cannot be {role}", remedy=f"name its folder: {folder.parent}", path=folder
        )
    if (folder / "config.json").exists() or (folder / "adapter_config.json").exists():
        return  # what it lacks is reported where it is read
    run, steps = checkpoints_below(folder, layouts)
    if steps:
        names = ", ".join(str(each.files.path.relative_to(folder)) for each in steps[:3])
        raise CheckpointError(
            f"is a run folder, which holds {names}, so it cannot be {role}",
            remedy=f"name one checkpoint, for example {steps[-1].files.path}; "
            f"`skillprobe watch {run} --base BASE` evaluates all of them",
            path=folder,
        )
    below = [each for each in runs_in(folder, layouts) if any(found.step for found in each.found)]
    if below:
        names = ", ".join(str(each.folder) for each in below[:3])
        raise CheckpointError(
            f"is a folder of runs, which holds {names}, so it cannot be {role}",
            remedy=f"name one checkpoint; `skillprobe layouts {folder}` shows them all",
            path=folder,
        )
