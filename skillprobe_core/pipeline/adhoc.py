"""Probing a folder that no settings file names."""

from __future__ import annotations

from pathlib import Path

from skillprobe_core.checkpoints.checkpoint import Checkpoint
from skillprobe_core.checkpoints.discovery import discover, previous_of
from skillprobe_core.checkpoints.naming import full_path, model_of, numbered_step
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.store.parquet import Store

from .folders import local_folder
from .probe import Probe
from .project import Project
from .settings import Settings


def probe_of_folders(
    folder: Path,
    base: Path | None,
    *,
    model: str | None,
    step: int | None,
    method: str,
    settings: Settings,
    store: Store,
) -> Probe:
    """The probe of a checkpoint folder against a base folder; without a base the checkpoint is its own, step 0.

    The model is `model_of` the folder and `checkpoint-N` is step N unless given otherwise. Raises SettingsError when
    no step is known or both folders are one, CheckpointError for a folder that cannot be one of the two.
    """
    folder = full_path(folder)
    name = model or model_of(folder)
    local_folder(folder, "the checkpoint")
    if base is None:
        alone = Checkpoint.in_folder(name, 0, folder, "base")
        return Probe(alone, alone, Project(settings, store))
    base = full_path(base)
    local_folder(base, "the base")
    if base.samefile(folder):
        raise SettingsError(
            "the base is the checkpoint itself",
            remedy="give with --base the model that training started from; to evaluate a base, leave --base out",
            path=folder,
        )
    step = step or numbered_step(folder)
    if not step:
        raise SettingsError(
            "the folder's name does not give the step", remedy="add it with --step, for example --step 500", path=folder
        )
    start = Checkpoint.in_folder(name, 0, base, "base")
    checkpoint = Checkpoint.in_folder(name, step, folder, method, start.files)
    previous = None if numbered_step(folder) is None else _previous(checkpoint, start, settings)
    return Probe(checkpoint, start, Project(settings, store), previous)


def probe_of_checkpoint(
    folder: Path, *, model: str | None, step: int | None = None, settings: Settings, store: Store
) -> Probe:
    """The probe of a checkpoint folder by itself, whose base does not matter, under the same model and step."""
    folder = full_path(folder)
    local_folder(folder, "the checkpoint")
    step = step or numbered_step(folder) or 0
    alone = Checkpoint.in_folder(model or model_of(folder), step, folder, "unknown" if step else "base")
    return Probe(alone, alone, Project(settings, store))


def _previous(checkpoint: Checkpoint, base: Checkpoint, settings: Settings) -> Checkpoint | None:
    """The checkpoint before it in the run's folder; None where that folder cannot be listed."""
    try:
        siblings = discover(
            checkpoint.path.parent, checkpoint.model, checkpoint.method, settle_seconds=settings.settle_seconds
        )
    except CheckpointError:
        return None
    return previous_of(checkpoint.step, (each.started_from(base.files) for each in siblings))


def with_options(
    settings: Settings,
    *,
    levels: str | None,
    per_level: int | None,
    max_new_tokens: int | None,
    sources: str | None = None,
    per_source: int | None = None,
    tokens: bool = False,
    shots: int | None = None,
) -> Settings:
    """The settings with what the command line says instead; raises SettingsError for invalid levels."""
    items, sampling = settings.items.model_dump(), settings.sampling
    if levels is not None:
        try:
            items["levels"] = tuple(int(level) for level in levels.split(","))
        except ValueError as error:
            raise SettingsError(
                f"--levels: expected comma-separated integers from 1 to 5, got {levels!r}",
                remedy="write for example --levels 1,2",
            ) from error
        if not all(1 <= level <= 5 for level in items["levels"]):
            raise SettingsError(f"--levels {levels!r}: levels go from 1 to 5", remedy="write for example --levels 1,2")
    if per_level is not None:
        items["per_level"] = per_level
    if sources is not None:
        items["sources"] = tuple(name for name in sources.split(",") if name)
    if per_source is not None:
        items["per_source"] = per_source
    if max_new_tokens is not None:
        from dataclasses import replace

        sampling = replace(sampling, max_new_tokens=max_new_tokens)
    divergence = settings.divergence.model_copy(update={"tokens": tokens or settings.divergence.tokens})
    prompts = settings.prompts if shots is None else settings.prompts.model_copy(update={"shots": shots})
    asked = {"items": settings.items.__class__(**items), "prompts": prompts, "sampling": sampling}
    return settings.model_copy(update=asked | {"divergence": divergence})
