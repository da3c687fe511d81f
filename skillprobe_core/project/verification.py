"""Verification of recorded checkpoints by their bytes: a change under unchanged sizes and times is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.identity import read_again
from skillprobe_core.runs.identity_records import IdentityRecords, Record

Outcome = Literal["unchanged", "changed", "written again", "gone"]


@dataclass(frozen=True, slots=True)
class Verified:
    """The outcome for one recorded checkpoint, and the reason where it cannot be read any more.

    changed: other bytes under the sizes and times of the record. written again: sizes or times are others, which the
    next probe sees by itself.
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
