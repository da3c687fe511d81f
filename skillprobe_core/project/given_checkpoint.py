"""Probing a checkpoint by its path; what is not given comes from the run of the settings that it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from skillprobe_core.benchmark.item_settings import AUTO
from skillprobe_core.engine.store import Store
from skillprobe_core.errors import CheckpointError, SettingsError
from skillprobe_core.measurements.probe import Probe
from skillprobe_core.measurements.protocols.protocol_settings import ProtocolSettings
from skillprobe_core.runs.checkpoint import UNKNOWN_METHOD, Checkpoint
from skillprobe_core.runs.discovery import discover, method_of, previous_of
from skillprobe_core.runs.given_folder import local_folder
from skillprobe_core.runs.hub_ids import in_hub_cache
from skillprobe_core.runs.layouts import LAYOUTS, Found, Layout
from skillprobe_core.runs.layouts.converted import with_converter
from skillprobe_core.runs.model_naming import model_name
from skillprobe_core.runs.places import checkpoint_of, full_path
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.weights import open_weights
from skillprobe_core.settings_section import Section

from .project import Project
from .settings import Settings, fault_of

AnySection = TypeVar("AnySection", bound=Section)


def probe_of_folders(
    folder: Path,
    base: Path | None,
    *,
    model: str | None,
    step: int | None,
    method: str,
    settings: Settings,
    store: Store,
    layouts: Sequence[Layout] = LAYOUTS,
) -> Probe:
    """The probe of a checkpoint against a base; without a base the checkpoint is its own, step 0.

    A checkpoint of a run of the settings has the run's base, model, method and converter unless given otherwise. Model
    and step are else those that the layout gives. Raises SettingsError when no step is known or both paths are one,
    CheckpointError for a path that cannot be one of the two.
    """
    project = Project(settings, store, layouts)
    found, run = _with_run(folder, project)
    name = model or _name(found, run)
    if run is not None and (step or found.step):
        base = base or run.base
        method = run.method if method == UNKNOWN_METHOD else method
    if base is None:
        if not found.files.command:
            open_weights(found.files)  # before anything is written for a folder that holds none
        alone = Checkpoint(name, 0, found.files, "base", found.run)
        return Probe(alone, alone, project)
    from_base = _checkpoint(base, "the base", project)
    if from_base.files.path.samefile(found.files.path):
        raise SettingsError(
            "the base is the checkpoint itself",
            remedy="give with --base the model that training started from; to evaluate a base, leave --base out",
            path=found.files.path,
        )
    step = step or found.step
    if not step:
        open_weights(found.files)  # a folder without weights needs no step
        raise SettingsError(
            "neither its name nor its files give the step",
            remedy="add it with --step, for example --step 500",
            path=found.files.path,
        )
    start = Checkpoint(name, 0, from_base.files, "base", from_base.run)
    checkpoint = Checkpoint(name, step, found.files.on(start.files), method_of(found, method), found.run)
    return Probe(checkpoint, start, project, _previous(checkpoint, start, project))


def probe_of_checkpoint(
    folder: Path,
    *,
    model: str | None,
    step: int | None = None,
    settings: Settings,
    store: Store,
    layouts: Sequence[Layout] = LAYOUTS,
) -> Probe:
    """The probe of a checkpoint by itself, whose base does not matter, under the same model and step."""
    project = Project(settings, store, layouts)
    found, run = _with_run(folder, project)
    step = step or found.step
    name, method = model or _name(found, run), UNKNOWN_METHOD if step else "base"
    alone = Checkpoint(name, step, found.files, method, found.run)
    return Probe(alone, alone, project)


def _with_run(folder: Path, project: Project) -> tuple[Found, RunSettings | None]:
    """The checkpoint, and the run of the settings that it belongs to."""
    path = full_path(in_hub_cache(folder))
    above = next((run for run in project.settings.runs if run.folder in path.parents), None)
    found = _checkpoint(folder, "the checkpoint", project, "" if above is None else above.convert)
    return found, above if above is not None and found.run == above.folder else None


def _name(found: Found, run: RunSettings | None) -> str:
    return model_name(found.run) if run is None else run.model


def _checkpoint(path: Path, role: str, project: Project, convert: str = "") -> Found:
    path = full_path(in_hub_cache(path))
    layouts = with_converter(project.layouts, convert)
    local_folder(path, role, layouts)
    found = checkpoint_of(path, layouts)
    return replace(found, files=found.files.kept_in(project.scratch))


def _previous(checkpoint: Checkpoint, base: Checkpoint, project: Project) -> Checkpoint | None:
    """The checkpoint before it in its run; None for one without a run, or where that folder cannot be listed."""
    if checkpoint.run_folder == checkpoint.path:
        return None
    try:
        siblings = discover(
            checkpoint.run_folder,
            checkpoint.model,
            checkpoint.method,
            settle_seconds=project.settings.settle_seconds,
            layouts=project.layouts,
        )
    except CheckpointError:
        return None
    return previous_of(checkpoint.step, (each.started_from(base.files).kept_in(project.scratch) for each in siblings))


def with_options(
    settings: Settings,
    *,
    levels: Sequence[int] | Literal["auto"] | None = None,
    per_level: int | None = None,
    sources: Sequence[str] | None = None,
    per_source: int | None = None,
    shots: int | None = None,
    max_new_tokens: int | None = None,
    thinking: bool = False,
    tokens: bool = False,
    readings: Sequence[str] | None = None,
) -> Settings:
    """The settings with what a command or a call says instead; None leaves a setting as it is.

    Args:
        settings: The settings of the store.
        levels: Difficulty levels, from 1, or "auto" for those that a pilot on the base chooses.
        per_level: Number of items per kind and level.
        sources: Imported sources to add.
        per_source: Number of items per source.
        shots: Number of worked examples in each prompt.
        max_new_tokens: Token limit of a completion (default: that of the settings, else 1,024 or twice the item's
            reference where that is longer).
        thinking: True for models that think before they answer (see `PromptSettings`).
        tokens: True to store the divergence of every token as well.
        readings: Readings of the answers to make next to the fair one (see `ReadingSettings`).

    Returns:
        The settings, without the protocol's name if they choose another protocol.

    Raises:
        SettingsError: A value is not valid.
    """
    if levels is not None and levels != AUTO and not (levels and all(_is_level(level) for level in levels)):
        raise SettingsError(
            f"levels are integers from 1, got {', '.join(map(str, levels)) or 'none'}",
            remedy="give one or more levels, for example `--levels 1,2`, or `levels=[1, 2]` in Python",
        )
    items = _changed(
        settings.items,
        levels=levels if levels is None or levels == AUTO else tuple(levels),
        per_level=per_level,
        sources=None if sources is None else tuple(sources),
        per_source=per_source,
    )
    prompts = _changed(settings.prompts, shots=shots, thinking=thinking or None)
    limit = settings.sampling.max_new_tokens if max_new_tokens is None else max_new_tokens
    sampling = replace(settings.sampling, max_new_tokens=limit)
    sampling = sampling.for_thinking if prompts.thinking else sampling
    chosen = {"items": items, "prompts": prompts, "sampling": sampling}
    update: dict[str, object] = dict(chosen)
    if any(getattr(settings, part) != value for part, value in chosen.items()):
        update["protocol"] = ProtocolSettings()  # the name in the settings is that of the protocol in the settings
    update["divergence"] = settings.divergence.model_copy(update={"tokens": tokens or settings.divergence.tokens})
    update["readings"] = _changed(settings.readings, also=None if readings is None else tuple(readings))
    return settings.model_copy(update=update)


def _is_level(level: object) -> bool:
    return isinstance(level, int) and level >= 1


def _changed(section: AnySection, **values: object) -> AnySection:
    """The section with those values that are not None; raises SettingsError for one that is not valid."""
    given = {name: value for name, value in values.items() if value is not None}
    try:
        return section.model_validate({**section.model_dump(), **given})
    except ValidationError as error:
        raise SettingsError(fault_of(error), remedy="correct this value") from error
