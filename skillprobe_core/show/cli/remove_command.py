"""`skillprobe remove`: removal of a stored model or of one of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .confirmation import confirm

if TYPE_CHECKING:
    from skillprobe_core.project.settings import Settings


def remove(
    model: Annotated[str, typer.Argument(help="MODEL, or MODEL@STEP for one step.")],
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
) -> None:
    """Remove a stored model, or one of its steps. Lists what is touched and waits for a confirmation.

    Checkpoints on disk stay. Data that other models need stay as well, such as spectra of a shared base. Studies that
    include the model are deleted; `skillprobe study` computes them again. After an interrupt, run the command again.
    """
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.stored_models.remove_model import checked_removal, remove_model
    from skillprobe_core.project.stored_models.store_change import decided
    from skillprobe_core.runs.checkpoint import parse_key
    from skillprobe_core.runs.pins import Pins
    from skillprobe_core.show.report.stored_model_listing import print_files, print_stored_model

    project = Project.open()
    store = project.store
    name, step = parse_key(model) if "@" in model or "/" in model else (model, None)
    command = f"remove {model.replace('/', '@')}"
    if decided(store) is None:
        found = checked_removal(store, name, step)
        print_stored_model(store, found)
        print_files(
            "also removed:",
            {
                "files of studies (`skillprobe study` computes them again)": found.studies,
                "completion logs": found.logs,
                "identity records": found.records,
                "spectra and hidden states of its base": found.base_data,
                "logs of failures": found.failures,
            },
        )
        pins = [pin for pin in Pins(project.scratch).of_model(name) if not pin.released and step in (None, pin.step)]
        if pins:
            say(f"also released: {len(pins)} pinned checkpoints; those that the trainer has deleted are lost")
        if found.shared:
            say(f"kept, because other checkpoints need them: {found.shared} logs, records and files of bases")
        confirm(yes, command)
    remove_model(store, name, step, scratch=project.scratch)
    say(f"removed {command.removeprefix('remove ')}; the checkpoints themselves are untouched")
    for line in _settings_to_change(project.settings, name, step):
        say(f"change in skillprobe.toml: {line}")
    say(f"Dagster lists its partitions until: python -m skillprobe_dagster.forget_partitions {name}" + _step(step))


def _step(step: int | None) -> str:
    return "" if step is None else f" {step}"


def _settings_to_change(settings: Settings, model: str, step: int | None) -> list[str]:
    """The lines of the settings file by which the model would be evaluated again, or missed."""
    lines = [
        f"delete the [[runs]] section of {visible(run.folder)}, or its checkpoints are evaluated again"
        for run in settings.runs
        if run.model == model
    ]
    if step is None and model in settings.study.models:
        lines.append(f'delete "{model}" from `models` in [study]')
    return lines
