"""`skillprobe layouts`: what a folder is recognised as, and the layouts that are known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from skillprobe_core.runs.layouts import Layout


def layouts(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of a run, or of runs up to three levels down (default: none).")
    ] = None,
    base: Annotated[Path | None, typer.Option(help="Checkpoint that the runs started from.")] = None,
) -> None:
    """Show what a folder is recognised as; without a folder, list the known layouts and their rules.

    For each run: layout, checkpoints that are complete, being written or unreadable (with the command that converts
    them), first and last step, base; where the store has them, its converter, pins and failed evaluations. Nothing is
    evaluated. The exit status is 1 if nothing is recognised.
    """
    from functools import partial

    from skillprobe_core.project.project import Project
    from skillprobe_core.project.watched_state import as_watched, watched_state
    from skillprobe_core.runs.recognise_run import recognise
    from skillprobe_core.runs.run_description import report

    project = Project.open()
    if folder is None:
        for layout in project.layouts:
            for line in _lines(layout):
                say(line)
        return
    found = recognise(folder, settle_seconds=project.settings.settle_seconds, layouts=project.layouts)
    found = as_watched(project, found)
    for line in report(found, base, project.layouts, partial(watched_state, project)):
        say(line)
    if not found.runs:
        raise typer.Exit(1)


def _lines(layout: Layout) -> Iterator[str]:
    yield f"{layout.name}: {layout.looks_for}"
    for name, text in (
        ("written by", layout.trainers),
        ("complete when", layout.complete),
        ("parts", layout.parts),
        ("convert", layout.convert),
    ):
        if text:
            yield f"  {name}: {text}"
