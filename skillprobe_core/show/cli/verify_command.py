"""`skillprobe verify`: comparison of checkpoints with what was read of them before, by their bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

if TYPE_CHECKING:
    from skillprobe_core.project.verification import Verified


def verify(
    checkpoints: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL@STEP|MODEL|FOLDER]",
            help="A checkpoint or all of a model, compared with the digest of their stored results, or a folder of "
            "checkpoints (default: all that were read on this machine).",
        ),
    ] = None,
) -> None:
    """Read the bytes of checkpoints again and report changes that sizes and times of the files do not show.

    `probe` and `watch` read a checkpoint once per machine and then trust sizes, times and inodes. A changed checkpoint
    is evaluated by its next probe. The exit status is 1 if there is one, or if the named MODEL@STEP is gone.
    """
    from skillprobe_core.errors import CheckpointError

    outcomes = []
    for each in _found(checkpoints):
        reason = f" ({each.reason})" if each.reason else ""
        say(f"{visible(each.path)}: {each.outcome}{reason}")
        outcomes.append(each.outcome)
    if not outcomes and checkpoints is not None:
        raise CheckpointError(
            "no checkpoint in this folder was read on this machine",
            remedy="evaluate one first: skillprobe probe FOLDER",
            path=checkpoints,
        )
    changed = outcomes.count("changed")
    say(f"{len(outcomes)} recorded checkpoint{'' if len(outcomes) == 1 else 's'}, {changed} changed")
    if changed:
        say("the next probe of a changed checkpoint evaluates it; restore the files to keep the stored results")
    if changed or (checkpoints is not None and _is_key(checkpoints) and "gone" in outcomes):
        raise typer.Exit(1)


def _found(checkpoints: str | None) -> Iterator[Verified]:
    from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
    from skillprobe_core.measurements.checkpoints.recognised_checkpoints import records_of
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.verification import verify, verify_results
    from skillprobe_core.runs.checkpoint import parse_key

    project = Project.open()
    if checkpoints is None or Path(checkpoints).exists():
        yield from verify(records_of(project.store), None if checkpoints is None else Path(checkpoints))
    elif _is_key(checkpoints):
        yield from verify_results(project, *parse_key(checkpoints))
    elif checkpoints in project.store.models(CHECKPOINTS):
        yield from verify_results(project, checkpoints)
    else:
        yield from verify(records_of(project.store), Path(checkpoints))


def _is_key(text: str) -> bool:
    from skillprobe_core.errors import CheckpointError
    from skillprobe_core.runs.checkpoint import parse_key

    try:
        parse_key(text)
    except CheckpointError:
        return False
    return not Path(text).exists()
