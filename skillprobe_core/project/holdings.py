"""Pins and copies of checkpoints: made when they are seen, released when no table needs their weights."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from skillprobe_core.engine.store import Partition
from skillprobe_core.errors import SkillprobeError
from skillprobe_core.machine.unfinished_files import replace_text
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.runs.checkpoint import Checkpoint
from skillprobe_core.runs.content_files import Stamp
from skillprobe_core.runs.discovery import Candidate
from skillprobe_core.runs.pins import Pin, Pins
from skillprobe_core.runs.readable_copy import finish_copy, needs_copy
from skillprobe_core.runs.run_settings import RunSettings
from skillprobe_core.runs.scratch import Scratch
from skillprobe_core.runs.step_choice import every_nth

if TYPE_CHECKING:
    from skillprobe_core.engine.table import Table
    from skillprobe_core.measurements.probe import Probe

    from .project import Project

_LEAST_SECONDS = 0.05


def with_pins(project: Project, run: RunSettings, found: Sequence[Candidate]) -> list[Candidate]:
    """The checkpoints of a run with those that are pinned in their pins' folders, whether or not they are still there.

    A pinned version counts until another complete one takes its place.
    """
    by_step = {each.checkpoint.step: each for each in found}
    for pin in Pins(project.scratch).of_model(run.model):
        if pin.released or pin.run != run.folder or not pin.intact:
            continue
        there = by_step.get(pin.step)
        if there is None or there.fingerprint == pin.fingerprint or not there.ready:
            by_step[pin.step] = _pinned(pin)
    return [by_step[step] for step in sorted(by_step)]


def keep_pinned(project: Project, run: RunSettings, found: Sequence[Candidate]) -> Iterator[str]:
    """Pin the complete checkpoints that were not evaluated yet, and release what was rewritten or has no room.

    Args:
        project: Its settings say how.
        run: The run.
        found: Its checkpoints as they are in the run folder.

    Yields:
        What rotation can take all the same, and what was lost, one line each.
    """
    how = project.settings.scratch.pin
    pins = Pins(project.scratch)
    known = {pin.step: pin for pin in pins.of_model(run.model) if not pin.released}
    now = {each.checkpoint.step: each for each in found}
    for step, pin in known.items():
        current = now.get(step)
        if not pin.intact:
            pins.release(pin)
            yield f"{pin.path}: it was rewritten in place, and the version that was pinned is lost"
        elif current is not None and current.ready and current.fingerprint != pin.fingerprint:
            pins.release(pin)
    if how != "off":
        evaluated = {each.checkpoint.step for each in found if evaluated_before(project, each)}
        every = project.settings.watch.of(run).every_steps
        chosen = every_nth([each.checkpoint.step for each in found], evaluated | set(known), every)
        for candidate in found:
            step = candidate.checkpoint.step
            if candidate.ready and step and step in chosen and step not in evaluated:
                reason = pins.pin(candidate, copy=how == "copy")
                if reason is not None:
                    yield (
                        f"{run.folder}: rotation can take checkpoints before they are evaluated, since step "
                        f'{step} cannot be pinned: {reason}. Set pin = "copy" under [scratch] in '
                        "skillprobe.toml to copy them, or let the trainer keep more of them"
                    )
                    break
    for pin in pins.keep_within_limits(run.model):
        yield f"{pin.path}: its pin was released before it was evaluated, for lack of room ([scratch] in the settings)"


@contextmanager
def keeping_pinned(project: Project, every: float) -> Iterator[list[str]]:
    """Pin the project's checkpoints in a thread for as long as the block lasts: an evaluation may outlast rotation.

    Args:
        project: Its settings name the runs.
        every: Seconds between two looks at the folders.

    Yields:
        What `keep_pinned` reports, each line once, complete after the block.
    """
    lines: list[str] = []
    ended = Event()

    def keep() -> None:
        while not ended.wait(max(every, _LEAST_SECONDS)):
            for run in project.settings.runs:
                with suppress(Exception):  # whatever a run's files raise, the next look reports it
                    lines.extend(line for line in keep_pinned(project, run, project.found(run)) if line not in lines)

    thread = Thread(target=keep, name="pins", daemon=True)
    thread.start()
    try:
        yield lines
    finally:
        ended.set()
        thread.join()


def finished(probe: Probe, table: Table, needed: Sequence[Table]) -> None:
    """Note that a table of a checkpoint is up to date; after the last one, release what kept its weights.

    Args:
        probe: The checkpoint.
        table: The table.
        needed: All tables that are computed for it.
    """
    files, checkpoint = probe.checkpoint.files, probe.checkpoint
    if files.pinned is None and not needs_copy(files):
        return
    note = probe.project.scratch.folder / "done" / f"{checkpoint.model}-{checkpoint.step}.json"
    with probe.store.lock(f"done-{checkpoint.model}-{checkpoint.step}"):
        done = _done(note, probe.identity.digest) | {table.name}
        note.parent.mkdir(parents=True, exist_ok=True)
        replace_text(note, json.dumps([probe.identity.digest, sorted(done)]))
    if not done >= {each.name for each in needed}:
        return
    # A base serves all checkpoints; the next checkpoint is compared with one that took a converter's time.
    finish_copy(files, keep=probe.is_base or bool(files.command))
    if probe.previous is not None:
        finish_copy(probe.previous.files, keep=False)
    if files.pinned is not None:
        Pins(probe.project.scratch).finish(checkpoint.model, files.pinned)


def failed(probe: Probe) -> None:
    """Let a checkpoint's copy make room: its evaluation failed, and a later one may need it or not."""
    finish_copy(probe.checkpoint.files, keep=True)


def of_trainers_file(error: SkillprobeError, probe: Probe) -> SkillprobeError:
    """The error with the trainer's file in place of the pinned one, which people would not know."""
    files = probe.checkpoint.files
    if files.pinned is None or error.path is None or not Path(error.path).is_relative_to(files.pinned):
        return error
    path = files.path / Path(error.path).relative_to(files.pinned)
    return type(error)(error.cause, remedy=error.remedy, path=path)


def release_finished(project: Project) -> None:
    """Release the pins of all evaluated checkpoints: nobody waits for the next ones."""
    pins = Pins(project.scratch)
    for run in project.settings.runs:
        for pin in pins.of_model(run.model):
            if pin.finished:
                pins.release(pin)


def forget_holdings(scratch: Scratch, model: str, step: int | None = None) -> None:
    """Release the pins of a model, or of one of its steps, whose rows are removed, and forget what was finished."""
    Pins(scratch).forget(model, step)
    for note in _notes_of(scratch, model):
        if step in (None, _step_of(note)):
            note.unlink(missing_ok=True)


def rename_holdings(scratch: Scratch, old: str, new: str) -> None:
    """Keep the pins of a model, and what was finished of it, under another name."""
    Pins(scratch).rename(old, new)
    for note in _notes_of(scratch, old):
        note.replace(note.with_name(f"{new}-{_step_of(note)}.json"))


def _notes_of(scratch: Scratch, model: str) -> list[Path]:
    notes = (scratch.folder / "done").glob("*.json")
    return [note for note in notes if note.stem.rpartition("-")[0] == model]


def _step_of(note: Path) -> int:
    return int(note.stem.rpartition("-")[2])


def _done(note: Path, digest: str) -> set[str]:
    try:
        of, names = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, TypeError, ValueError):
        return set()
    return set(names) if of == digest else set()


def _pinned(pin: Pin) -> Candidate:
    files, run = pin.candidate()
    checkpoint = Checkpoint(pin.model, pin.step, files, pin.method, run)
    names = {place: name for place, name in _names(pin)}
    stamps = tuple(sorted(Stamp(names[place], size, time) for place, (size, time) in pin.files.items()))
    moved = replace(checkpoint, files=pin.of(files))
    return Candidate(moved, None, stamps, settled=True, layout=pin.layout)


def _names(pin: Pin) -> Iterator[tuple[str, str]]:
    """The places of a pin's files, and the names under which their stamps count."""
    for place in pin.files:
        path = pin.run / place
        below = pin.command and path.is_relative_to(pin.weights)
        yield place, path.relative_to(pin.weights).as_posix() if below else path.name


def evaluated_before(project: Project, candidate: Candidate) -> bool:
    """Report if rows of a checkpoint were stored after its files were written: it needs no pin."""
    part = Partition.checkpoint(candidate.checkpoint.model, candidate.checkpoint.step)
    try:
        stored = project.store.path(CHECKPOINTS, part).stat().st_mtime_ns
    except OSError:
        return False
    return stored > max((stamp.mtime_ns for stamp in candidate.files), default=0)
