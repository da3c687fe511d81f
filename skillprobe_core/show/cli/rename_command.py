"""`skillprobe rename`: another name for a stored model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from skillprobe_core.terminal import say
from skillprobe_core.visible import visible

from .confirmation import confirm

if TYPE_CHECKING:
    from skillprobe_core.project.settings import Settings


def rename(
    old: Annotated[str, typer.Argument(help="Present name of the model.")],
    new: Annotated[str, typer.Argument(help="New name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Rename without asking.")] = False,
) -> None:
    """Rename a stored model. Lists what is touched and waits for a confirmation.

    All rows and the claim on the name follow; a probe under the new name reuses every table. Studies that include the
    model are deleted; `skillprobe study` computes them again. After an interrupt, run the command again.
    """
    from skillprobe_core.project.project import Project
    from skillprobe_core.project.stored_models.rename_model import checked_rename, rename_model
    from skillprobe_core.project.stored_models.store_change import decided
    from skillprobe_core.show.report.stored_model_listing import print_files, print_stored_model

    project = Project.open()
    store = project.store
    if decided(store) is None:
        found = checked_rename(store, old, new)
        print_stored_model(store, found)
        print_files("deleted, `skillprobe study` computes it again:", {"files of studies": found.studies})
        if found.claim is not None:
            say(f"the claim on the name {old} becomes one on {new}")
        say(f"kept as they are, because they belong to weights: {found.of_weights} logs, records and files of bases")
        confirm(yes, f"rename {old} {new}")
    rename_model(store, old, new, scratch=project.scratch)
    say(f"renamed {old} to {new}")
    for line in _settings_to_change(project.settings, old, new):
        say(f"change in skillprobe.toml: {line}")
    say(f"evaluate its checkpoints by hand with: --model {new}")
    say(f"Dagster lists the partitions of {old} until: python -m skillprobe_dagster.forget_partitions {old}")


def _settings_to_change(settings: Settings, old: str, new: str) -> list[str]:
    """The lines of the settings file that name the model, as they have to be."""
    runs = [run for run in settings.runs if run.model == old]
    lines = [f'model = "{new}" in the [[runs]] section of {visible(run.folder)}' for run in runs]
    if old in settings.study.models:
        names = ", ".join(f'"{new if name == old else name}"' for name in settings.study.models)
        lines.append(f"models = [{names}] in [study]")
    return lines
