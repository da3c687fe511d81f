"""Knowledge of a store about run folders besides their content: converters, pins, and evaluations that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.pins import Pin, Pins
from skillprobe_core.runs.recognise_run import Recognised, RecognisedRun
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.scratch import gigabytes
from skillprobe_core.visible import visible

from .failed_attempts import failures_in
from .project import Project


def as_watched(project: Project, found: Recognised) -> Recognised:
    """Recognised runs with the names and the converters that the settings give them."""
    return replace(found, runs=tuple(_as_watched(project, run) for run in found.runs))


def watched_state(project: Project, run: RecognisedRun) -> Iterator[str]:
    """The lines about one run: its section of the settings, its pins and its failed evaluations, each where it has any.

    Args:
        project: The store and its settings.
        run: The run, as `as_watched` gives it.

    Yields:
        Indented lines.
    """
    settings = _settings_of(project, run.folder)
    if settings is not None:
        yield f"  watched as model {settings.model} with base {visible(settings.base)}"
        if settings.convert:
            yield f"  converted by: {visible(settings.convert)}"
    pins = [pin for pin in _pins(project, run.folder) if not pin.released]
    if pins:
        there = {each.checkpoint.step for each in run.candidates}
        deleted = [pin.step for pin in pins if pin.step not in there]
        lost = f", of which the trainer deleted {_steps(deleted)}" if deleted else ""
        held = gigabytes(sum(pin.held() for pin in pins))
        yield f"  pinned: {_steps([pin.step for pin in pins])}{lost}; pins alone hold {held}"
        for pin in pins:
            if not pin.intact:
                yield f"  step {pin.step} was rewritten in place after it was pinned"
    most = project.settings.watch.attempts
    for key, failure in failures_in(project.store).items():
        model, _, step = key.rpartition("/")
        if model == run.model:
            left = "left out until its files change, or until `skillprobe watch --retry`"
            then = left if failure.count >= most else "evaluated again"
            yield f"  step {step} failed in {failure.count} of {most} attempts and is {then}: {visible(failure.cause)}"


def _as_watched(project: Project, run: RecognisedRun) -> RecognisedRun:
    settings = _settings_of(project, run.folder)
    if settings is None:
        return run
    try:
        candidates = tuple(project.found(settings)) if settings.convert else run.candidates
    except CheckpointError:
        candidates = run.candidates  # it has vanished since
    return replace(run, model=settings.model, candidates=candidates)


def _settings_of(project: Project, folder: Path) -> RunSettings | None:
    return next((run for run in project.settings.runs if run.folder == folder), None)


def _pins(project: Project, folder: Path) -> list[Pin]:
    """The pins of a run folder under whatever names its model had."""
    pins = Pins(project.scratch)
    models = sorted(place.name for place in project.scratch.pins.glob("*"))
    return sorted((pin for model in models for pin in pins.of_model(model) if pin.run == folder), key=_step)


def _step(pin: Pin) -> int:
    return pin.step


def _steps(steps: list[int]) -> str:
    return f"step{'s' * (len(steps) > 1)} {', '.join(map(str, steps))}"
