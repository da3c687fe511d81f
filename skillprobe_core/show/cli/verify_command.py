"""`skillprobe verify`: comparison of checkpoints with what was read of them before, by their bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible


def verify(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of the checkpoints to read (default: all that were read before).")
    ] = None,
) -> None:
    """Read the bytes of checkpoints again and report changes that sizes and times of the files do not show.

    `probe` and `watch` read a checkpoint once per machine and then trust sizes, times and inodes. A changed checkpoint
    is evaluated by its next probe. The exit status is 1 if there is one.
    """
    from skillprobe_core.engine.store import Store
    from skillprobe_core.errors import CheckpointError
    from skillprobe_core.home import home
    from skillprobe_core.measurements.checkpoints.recognised_checkpoints import records_of
    from skillprobe_core.project.verification import verify

    outcomes = []
    for each in verify(records_of(Store(home())), folder):
        reason = f" ({each.reason})" if each.reason else ""
        say(f"{visible(each.path)}: {each.outcome}{reason}")
        outcomes.append(each.outcome)
    if not outcomes and folder is not None:
        raise CheckpointError(
            "no checkpoint in this folder was read on this machine",
            remedy="evaluate one first: skillprobe probe FOLDER",
            path=folder,
        )
    changed = outcomes.count("changed")
    say(f"{len(outcomes)} recorded checkpoints, {changed} changed")
    if changed:
        say("the next probe of a changed checkpoint evaluates it; restore the files to keep the stored results")
        raise typer.Exit(1)
