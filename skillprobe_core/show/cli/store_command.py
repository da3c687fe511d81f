"""`skillprobe store`: a check of the store's files, and the space that can be freed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .confirmation import confirm
from .typer_app import Command, new_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skillprobe_core.project.project import Project

app = new_app(help="Check the files of the store, and free space.")


@app.command(cls=Command)
def check(
    *,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Move files that cannot be used to _work/set_aside in the store.")
    ] = False,
) -> None:
    """Read every file of the store and list those that cannot be used: damaged, foreign, newer or misplaced ones.

    Nothing is deleted. After --set-aside, the next `probe`, `watch` or Dagster run of the checkpoint computes the rows
    again. The exit status is 1 if there is a file that cannot be used.
    """
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.store_faults import faults
    from skillprobe_core.project.store_faults import set_aside as move
    from skillprobe_core.project.store_sizes import sizes

    project = Project.open()
    found = list(faults(project.store))
    for fault in found:
        say(f"{visible(fault.path)}: {visible(fault.cause)}")
    _print_sizes(project, sizes(project))
    if not found:
        say("every file can be used")
        return
    movable = [fault for fault in found if fault.movable]
    say(f"{len(found)} file{'s' * (len(found) != 1)} cannot be used")
    if set_aside and movable:
        say(f"moved {len(movable)} to {visible(move(project.store, movable))}")
        say("evaluate their checkpoints again, which computes the missing rows: skillprobe probe FOLDER")
    elif movable:
        say("to move them out of the way: skillprobe store check --set-aside")
    raise typer.Exit(1)


@app.command(cls=Command)
def clean(
    *,
    unused_days: Annotated[
        float,
        typer.Option(min=0, help="Free only what was not used for so many days (default: all that is not in use)."),
    ] = 0.0,
    yes: Annotated[bool, typer.Option("--yes", help="Free it without asking.")] = False,
) -> None:
    """Free space: what killed processes left, and what can be made again. Lists it and waits for a confirmation.

    That is copies of weights, hidden states of bases, logs of completions that are stored, pins of evaluated
    checkpoints, and logs of failures whose checkpoints were evaluated since or no longer exist. Tables, answers of an
    interrupted run and whatever a process uses now stay.
    """
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.store_sizes import free, freeable, sizes

    project = Project.open()
    _print_sizes(project, sizes(project))
    found = freeable(project, unused_days)
    if not found:
        say("nothing can be freed")
        return
    say("can be freed:")
    for kind in dict.fromkeys(each.kind for each in found):
        some = [each for each in found if each.kind == kind]
        say(f"  {kind}: {len(some)} ({_size(sum(each.size for each in some))})")
    confirm(yes, "store clean" + (f" --unused-days {unused_days:g}" if unused_days else ""))
    say(f"freed {_size(free(project.store, found))}")


def _print_sizes(project: Project, found: Mapping[str, int]) -> None:
    scratch = project.scratch
    say(f"store {visible(project.store.root)}:")
    for kind, size in found.items():
        if size:
            say(f"  {kind}: {_size(size)}")
    say(f"  budget of what can be made again and pins: {_size(scratch.held())} of {_size(scratch.most)} ([scratch])")


def _size(size: int) -> str:
    from skillprobe_core.runs.scratch import gigabytes

    return gigabytes(size)
