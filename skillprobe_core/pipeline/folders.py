"""Checks a folder that somebody typed, before anything is read from it."""

from __future__ import annotations

from pathlib import Path

from skillprobe_core.checkpoints.layouts.hf_trainer import HFTrainer
from skillprobe_core.errors import CheckpointError


def local_folder(folder: Path, role: str) -> None:
    """Raise CheckpointError unless the folder can be a checkpoint: not a missing one, a file, or a run folder.

    role: what the folder was given as, for the message ("the checkpoint", "the base").
    """
    try:
        _check(folder, role)
    except OSError as error:
        raise CheckpointError(
            f"cannot be read: {error.strerror or error}, so it cannot be {role}",
            remedy="make the folder readable for this user, or name another one",
            path=folder,
        ) from error


def _check(folder: Path, role: str) -> None:
    if not folder.exists():
        raise CheckpointError(
            f"there is no such folder, so it cannot be {role}",
            remedy="correct the path. A model of the Hugging Face hub has to be downloaded first, for example with "
            "`hf download ORGANISATION/NAME --local-dir FOLDER`; then name that FOLDER",
            path=folder,
        )
    if not folder.is_dir():
        raise CheckpointError(
            f"is a file, so it cannot be {role}", remedy=f"name its folder: {folder.parent}", path=folder
        )
    if (folder / "config.json").exists() or (folder / "adapter_config.json").exists():
        return
    steps = HFTrainer().find(folder)
    if steps:
        raise CheckpointError(
            f"is a run folder, which holds {', '.join(each.path.name for each in steps[:3])}, so it cannot be {role}",
            remedy=f"name one checkpoint, for example {steps[-1].path}; "
            f"`skillprobe watch {folder} --base BASE` evaluates all of them",
            path=folder,
        )
