"""Verification of checkpoints by their bytes: a change under unchanged sizes and times is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from skillprobe_core.engine.store import Partition
from skillprobe_core.errors import CheckpointError, SkillprobeError
from skillprobe_core.measurements.checkpoints.checkpoints_table import CHECKPOINTS
from skillprobe_core.measurements.checkpoints.recognised_checkpoints import recognised, records_of
from skillprobe_core.runs.identity import identity_by_bytes, read_again
from skillprobe_core.runs.identity_records import IdentityRecords, Record
from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.places import checkpoint_of

if TYPE_CHECKING:
    from .project import Project

Outcome = Literal["unchanged", "changed", "written again", "gone"]


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome for one checkpoint, and the reason where it cannot be read any more.

    changed: other bytes under the sizes and times of the record, or than those of the stored results. written again:
    sizes or times are others, which the next probe sees by itself.
    """

    path: Path
    outcome: Outcome
    reason: str = ""


def verify(records: IdentityRecords, folder: Path | None = None) -> Iterator[Verified]:
    """Read every recorded checkpoint of this machine again, or those in a folder.

    The record of a changed one is replaced by what was found, so that the next probe evaluates it.
    """
    inside = None if folder is None else folder.resolve()
    for record in records.all():
        if inside is None or record.files.path.is_relative_to(inside):
            yield _verify(records, record)


def verify_results(project: Project, model: str, step: int | None = None) -> Iterator[Verified]:
    """Read checkpoints of a model again and compare them with the digest under which their results are stored.

    They are looked for in the configured run, or else where they were first read from. What was found is recorded, so
    that the next probe of a changed checkpoint evaluates it.

    Args:
        project: The store, and the settings that name the runs.
        model: The model.
        step: The step; None for all stored ones, the base included.

    Yields:
        The outcome of each, by step: unchanged, changed or gone.

    Raises:
        StoreError: The store holds no results of the model or step.
    """
    store, records = project.store, records_of(project.store)
    steps = [found for found in store.steps(CHECKPOINTS, model) if step in (None, found)]
    if not steps:
        raise store.missing(CHECKPOINTS, Partition.checkpoint(model, step or 0))
    for each in steps:
        row = store.read(CHECKPOINTS, Partition.checkpoint(model, each)).row(0, named=True)
        files = _files(project, model, each, Path(row["path"]))
        if not files.weights.exists():
            yield Verified(files.path, "gone")
            continue
        try:
            found = identity_by_bytes(files, records, partial(recognised, store, records, model, each))
        except CheckpointError as error:
            yield Verified(files.path, "changed", error.cause)
            continue
        yield Verified(files.path, "unchanged" if found.digest == row["digest"] else "changed")


def _files(project: Project, model: str, step: int, first_read_from: Path) -> ModelFiles:
    with suppress(SkillprobeError):
        return project.probe(f"{model}/{step}").checkpoint.files
    found = checkpoint_of(first_read_from, project.layouts).files.kept_in(project.scratch)
    if not step:
        return found
    with suppress(SkillprobeError):
        base = project.store.read(CHECKPOINTS, Partition.checkpoint(model, 0)).row(0, named=True)
        return found.on(checkpoint_of(Path(base["path"]), project.layouts).files)
    return found


def _verify(records: IdentityRecords, record: Record) -> Verified:
    files, path = record.files, record.files.path
    if not path.exists() or not files.weights.exists():
        return Verified(path, "gone")
    as_recorded = records.find(files) is not None
    try:
        states, found = read_again(files)
    except CheckpointError as error:
        records.drop(files)
        return Verified(path, "changed" if as_recorded else "written again", error.cause)
    if found.identity == record.reading.identity:
        return Verified(path, "unchanged")
    records.drop(files)
    records.keep(files, states, found)
    return Verified(path, "changed" if as_recorded else "written again")
