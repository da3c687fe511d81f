"""`skillprobe watch`: evaluate checkpoints as they land, without Dagster."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.extras import require
from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

if TYPE_CHECKING:
    from skillprobe_core.project.watching import Plan


class EvaluationOrder(StrEnum):
    """Values of `--order`."""

    OLDEST = "oldest"
    NEWEST = "newest"
    ENDS = "ends"


def watch(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of a run, or of runs (default: the runs in skillprobe.toml).")
    ] = None,
    base: Annotated[
        Path | None, typer.Option(help="Checkpoint that the run started from (default: the one that its files name).")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model name (default: the folder's).")] = None,
    method: Annotated[str, typer.Option(help="Training method: sft, rl, ...")] = "unknown",
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two scans of the folder.")] = 10.0,
    once: Annotated[bool, typer.Option("--once", help="Evaluate what is there, then exit.")] = False,
    every_steps: Annotated[
        int | None, typer.Option(min=1, help="Evaluate one checkpoint of so many steps (default: as in the settings).")
    ] = None,
    order: Annotated[
        EvaluationOrder | None,
        typer.Option(help="First checkpoint: oldest, newest, or ends before middles (default: as in the settings)."),
    ] = None,
    per_hour: Annotated[
        int | None, typer.Option(min=0, help="Most checkpoints per run and hour (default: as in the settings).")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Evaluate checkpoints again that failed in all attempts.")
    ] = False,
) -> None:
    """Evaluate each complete checkpoint of a run folder once, its base first, and go on until interrupted.

    First it shows what it recognises in each run folder. One without any checkpoint starts no evaluation, not even of
    the base. A checkpoint whose evaluation fails is tried again, three times in all (`attempts` under [watch]). The
    exit status is 1 if a checkpoint failed, or if a table of it was not computed. With several
    `devices` under [compute], as many checkpoints are evaluated at the same time.
    """
    require("models", "evaluating checkpoints")
    from skillprobe_core.errors import one_line
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.run_tables import refused_in_words
    from skillprobe_core.project.watch_runs import dismiss_failures, watch_runs, watched_project
    from skillprobe_core.show.report.sampled_spectra import sample_lines

    given = {"every_steps": every_steps, "order": order and order.value, "per_hour": per_hour}
    choice = {name: value for name, value in given.items() if value is not None}
    project = watched_project(Project.open(), folder, base, model=model, method=method, choice=choice)
    if retry:
        dismiss_failures(project)
    news = _News()
    failed = 0
    for each in watch_runs(project, once=once, every=every, seen=news):
        if each.error is not None:
            failed += 1
            say(f"{each.key} failed: {one_line(each.error)}", err=True)
            continue
        failed += bool(each.refused)
        for line in refused_in_words(each.refused):
            say(f"{each.key} {line}", err=True)
        if each.late:
            own = [result.result for result in each.results if f"{result.model}/{result.step}" == each.key]
            times = (f"{each.table.name} {'reused' if each.reused else f'in {each.seconds:.1f} s'}" for each in own)
            say(f"{each.key} after its verdicts: {', '.join(times)}")
            for line in sample_lines(project.store, own):
                say(f"  {line}")
            continue
        if each.advice:
            say(f"{each.key}: {each.advice}", err=True)
        on = f" on {', '.join(each.devices)}" if each.devices else ""
        say(f"{each.key} evaluated in {each.seconds:.1f} s{on} ({each.reused} of {len(each.results)} tables reused)")
        if each.drops:
            say(f"  {each.drops}")
    raise typer.Exit(1 if failed or news.problems else 0)


class _News:
    """Prints what is recognised in each run, then what keeps runs or checkpoints out, each line once."""

    def __init__(self) -> None:
        self.problems: tuple[str, ...] = ()
        self._shown: set[str] = set()
        self._recognised: set[str] = set()

    def __call__(self, planned: Plan) -> None:
        for model, line in planned.recognised.items():
            if model not in self._recognised:
                self._recognised.add(model)
                say(f"{model}: {visible(line)}")
        self.problems = planned.problems
        lines = [f"warning: {problem}" for problem in planned.problems] + list(planned.notes)
        for line in lines:
            if line not in self._shown:
                say(line, err=True)
        self._shown = set(lines)
