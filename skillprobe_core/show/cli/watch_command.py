"""`skillprobe watch`: evaluate checkpoints as they land, without Dagster."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.extras import require
from skillprobe_core.terminal import say

if TYPE_CHECKING:
    from skillprobe_core.project.project import Project
    from skillprobe_core.runs.run_settings import RunSettings


def watch(
    folder: Annotated[Path | None, typer.Argument(help="Run folder (default: those in skillprobe.toml).")] = None,
    base: Annotated[Path | None, typer.Option(help="Checkpoint that the run started from.")] = None,
    model: Annotated[str | None, typer.Option(help="Model name (default: the folder's).")] = None,
    method: Annotated[str, typer.Option(help="Training method: sft, rl, ...")] = "unknown",
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two scans of the folder.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Evaluate what is there, then exit.")] = False,
) -> None:
    """Evaluate each complete checkpoint of a run folder once, its base first, and go on until interrupted.

    A run folder without any checkpoint starts no evaluation, not even of the base.
    """
    require("models", "evaluating checkpoints")
    from skillprobe_core.errors import SettingsError
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.watching import Known, look, plan

    project = Project.open()
    if folder is not None:
        if base is None:
            raise SettingsError("watching a folder needs its base", remedy="add --base FOLDER_OF_THE_BASE")
        run = _run(folder, base, model, method)
        project = Project(project.settings.model_copy(update={"runs": (run,)}), project.store)
    if not project.settings.runs:
        raise SettingsError("no run to watch", remedy="name a folder, or add a [[runs]] section to skillprobe.toml")
    known: dict[str, Known] = {}
    shown: set[str] = set()
    failed = 0
    while True:
        planned = plan(
            look(project),
            known,
            settle_seconds=project.settings.settle_seconds,
            once=once,
            digest=project.digest_of,
        )
        known = dict(planned.known)
        lines = [f"warning: {problem}" for problem in planned.problems] + list(planned.notes)
        for line in lines:
            if line not in shown:
                say(line, err=True)
        shown = set(lines)
        for request in planned.requests:
            failed += not _probe(project, request.key)
        if once and not planned.requests:
            raise typer.Exit(1 if failed or planned.problems else 0)
        if not planned.requests:
            time.sleep(every)


def _run(folder: Path, base: Path, model: str | None, method: str) -> RunSettings:
    """The run of the command's arguments; raises CheckpointError for a base or a name that can never be one."""
    from skillprobe_core.runs.checkpoint import Checkpoint
    from skillprobe_core.runs.given_folder import local_folder
    from skillprobe_core.runs.model_naming import model_of
    from skillprobe_core.runs.places import full_path
    from skillprobe_core.runs.run_settings import RunSettings

    folder, base = full_path(folder), full_path(base)
    local_folder(base, "the base")
    start = Checkpoint.in_folder(model or model_of(folder), 0, base, "base")
    return RunSettings(folder=folder, base=base, model=start.model, method=method)


def _probe(project: Project, key: str) -> bool:
    """Compute every table for a key and print the outcome; a checkpoint that fails stops no other."""
    from skillprobe_core.errors import one_line
    from skillprobe_core.measurements.profile_tests.drops_so_far import drops_so_far, tell_drops
    from skillprobe_core.project.failures import own_failure
    from skillprobe_core.project.run_tables import run_tables

    started = time.monotonic()
    try:
        probe = project.probe(key)
        results = run_tables(probe)
        if probe.is_base and (faster := probe.faster_here()):
            say(f"{key}: {faster}", err=True)
        step = probe.checkpoint.step
        with own_failure(project.store, probe.checkpoint, "drops"):
            told = (
                tell_drops(
                    drops_so_far(project.store, probe.protocol.digest, probe.checkpoint.model, step, probe.items)
                )
                if step
                else ""
            )
    except Exception as error:  # one checkpoint's failure is its own
        say(f"{key} failed: {one_line(error)}", err=True)
        return False
    reused = sum(result.reused for result in results)
    say(f"{key} evaluated in {time.monotonic() - started:.1f} s ({reused} of {len(results)} tables reused)")
    if told:
        say(f"  {told}")
    return True
