"""`skillprobe init`: recognises a run folder and adds it to skillprobe.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from skillprobe_core.project.settings import Settings
    from skillprobe_core.runs.layouts import Layout
    from skillprobe_core.runs.recognise_run import RecognisedRun

_STEPS_SHOWN = 8


def init(
    folder: Annotated[Path, typer.Argument(help="Run folder.")],
    base: Annotated[
        Path | None, typer.Option(help="Checkpoint that the run started from (default: the one that its files name).")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model name (default: the folder's).")] = None,
    method: Annotated[str, typer.Option(help="Training method: sft, rl, ...")] = "unknown",
) -> None:
    """Recognise a run folder and add a [[runs]] section for it to skillprobe.toml.

    Reports the layout, the steps, and the base that the files name. The file is created if it is missing; what it holds
    stays as it is.
    """
    from skillprobe_core.errors import CheckpointError
    from skillprobe_core.home import home
    from skillprobe_core.project.run_section import add_run, section_of
    from skillprobe_core.project.settings import settings_in, with_own
    from skillprobe_core.project.watch_runs import run_in
    from skillprobe_core.runs.layouts import LAYOUTS
    from skillprobe_core.runs.recognise_run import no_base, recognise_run

    root = home()
    own = settings_in(root)
    layouts = with_own(own, LAYOUTS)
    run = recognise_run(folder, settle_seconds=own.settle_seconds, layouts=layouts)
    _report(run, layouts)
    start = base or run.base
    if run.candidates and not any(each.checkpoint.step for each in run.candidates):
        command = f"skillprobe probe {visible(run.folder)} --base {visible(start or 'BASE')} --step N"
        raise CheckpointError(
            "holds a model without a step, so it is not a run", remedy=f"evaluate it once: {command}", path=run.folder
        )
    if start is None:
        raise no_base(run, f"skillprobe init {visible(folder)}")
    settings = run_in(run.folder, start, model=model, method=method, layouts=layouts)
    file = add_run(root, settings)
    if file is None:
        say(f"{visible(root / 'skillprobe.toml')} has this run already; nothing was written")
    else:
        say(f"Added to {visible(file)}:\n\n{section_of(settings)}")
    _say_design(settings_in(root))
    say("Evaluate its checkpoints: `skillprobe watch`, or `skillprobe ui` for Dagster.")


def _say_design(settings: Settings) -> None:
    from skillprobe_core.project.planning import aims_in_words, nominal_sizes

    sizes = nominal_sizes(settings)
    if sizes:
        say(f"{aims_in_words(sizes)} `skillprobe plan` shows what other designs find and cost.")


def _report(run: RecognisedRun, layouts: Sequence[Layout]) -> None:
    from skillprobe_core.runs.run_description import nothing_found, unreadable_line

    say(f"{visible(run.folder)}: model {run.model}")
    if not run.candidates:
        say(f"  {nothing_found(run.folder, layouts)}")
    else:
        what = "LoRA adapter" if run.adapters else "complete model"
        found = f"{len(run.candidates)} checkpoint{_s(run.candidates)} ({what}{_s(run.candidates)})"
        say(f"  layout {' and '.join(run.layouts)}, {found}")
        complete = [each for each in run.candidates if each.ready]
        if complete:
            steps = [str(each.checkpoint.step) for each in complete]
            shown = steps if len(steps) <= _STEPS_SHOWN else [*steps[:3], "...", *steps[-3:]]
            say(f"  complete: step{_s(steps)} {', '.join(shown)}")
        for each in run.candidates:
            if each.waiting_for is not None:
                state = "cannot be read" if each.damaged else "is not complete"
                say(f"  step {each.checkpoint.step} {state}: {visible(each.waiting_for)}")
        for each in run.unreadable:
            say(f"  {unreadable_line(each, run.base)}")
    for named in run.bases:
        where = "" if named.folder is None else f", folder {visible(named.folder)}"
        say(f"  base {visible(named.name)}{where} (named by {visible(named.file)})")


def _s(many: Sequence[object]) -> str:
    return "" if len(many) == 1 else "s"
