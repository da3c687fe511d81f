"""Probing a folder that no settings file names."""

from __future__ import annotations

import re
from pathlib import Path

from skillprobe_core.checkpoints.checkpoint import Checkpoint
from skillprobe_core.checkpoints.discovery import discover, previous_of
from skillprobe_core.errors import SettingsError
from skillprobe_core.store.parquet import Store

from .probe import Probe
from .settings import Settings

_NUMBERED = re.compile(r"checkpoint-(\d+)")


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
    """The probe of a checkpoint folder against a base folder; without a base the checkpoint is its own.

    `RUN/checkpoint-N` is step N of model RUN unless said otherwise. Raises SettingsError when no step can be told.
    """
    folder = folder.absolute()
    numbered = _NUMBERED.fullmatch(folder.name)
    name = model or _as_name(folder.parent.name if numbered else folder.name)
    if base is None:
        alone = Checkpoint(name, 0, folder, "base")
        return Probe(alone, alone, settings, store)
    if step is None:
        if numbered is None or int(numbered[1]) == 0:
            raise SettingsError(
                "the folder's name does not say the step",
                remedy="name it with --step, for example --step 500",
                path=folder,
            )
        step = int(numbered[1])
    start = Checkpoint(name, 0, base.absolute(), "base")
    # A folder that is one of a run has its elder siblings beside it; any other has none.
    siblings = discover(folder.parent, name, method, settle_seconds=settings.settle_seconds) if numbered else []
    previous = previous_of(step, siblings)
    return Probe(Checkpoint(name, step, folder, method), start, settings, store, previous)


def probe_of_checkpoint(folder: Path, *, model: str | None, settings: Settings, store: Store) -> Probe:
    """The probe of a checkpoint folder by itself, whose base does not matter: `RUN/checkpoint-N` is step N of RUN."""
    folder = folder.absolute()
    numbered = _NUMBERED.fullmatch(folder.name)
    name = model or _as_name(folder.parent.name if numbered else folder.name)
    alone = Checkpoint(name, int(numbered[1]) if numbered else 0, folder, "unknown" if numbered else "base")
    return Probe(alone, alone, settings, store)


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
    """The settings with what the command line says instead; raises SettingsError for levels that are none."""
    items, sampling = settings.items.model_dump(), settings.sampling
    if levels is not None:
        try:
            items["levels"] = tuple(int(level) for level in levels.split(","))
        except ValueError as error:
            raise SettingsError(
                f"--levels {levels!r} is no list of levels", remedy="write, say, --levels 1,2"
            ) from error
        if not all(1 <= level <= 5 for level in items["levels"]):
            raise SettingsError(f"--levels {levels!r}: levels go from 1 to 5", remedy="write, say, --levels 1,2")
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


def _as_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._") or "model"
