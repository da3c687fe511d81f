"""Readiness of a checkpoint, judged from names, sizes, times and safetensors headers alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.layouts.completeness import LastAct, Mark

from .content_files import Stamp, is_pickled_weights, is_weights
from .model_files import ModelFiles
from .weight_lengths import all_written
from .weights import open_weights


@dataclass(frozen=True, slots=True)
class Readiness:
    """State of a checkpoint's files.

    missing: what is missing, as one phrase; None for a complete checkpoint.
    settled: true of a complete checkpoint, and of one that lacks only the writer's last act and has not changed for
    long enough. writing: the writer states that it has not finished. damaged: the writer has finished, and the weights
    cannot be read; `missing` is the reason.
    """

    missing: str | None
    settled: bool
    writing: bool = False
    damaged: bool = False


def readiness(files: ModelFiles, stamps: tuple[Stamp, ...], last_act: LastAct, settle_seconds: float) -> Readiness:
    """Judge a checkpoint by the stamps of its files and by its layout's rule.

    All shards of the weights must be there, and each safetensors file must be as long as its header says. (Pickled
    weights are not inspected; they are refused later, with a remedy.) In addition, a last act that is at least as new
    as the files is enough. Without one, or when a file is newer (as after a copy or while it is rewritten), no file may
    have changed for `settle_seconds`, or for the time that the layout asks for.
    """
    mark = last_act()
    missing = _missing(files, stamps, mark, settle_seconds)
    settled = missing is None or (not mark.writing and _missing(files, stamps, Mark(), settle_seconds) is None)
    return Readiness(
        missing, settled, mark.writing, missing is not None and _finished(files, stamps, mark, settle_seconds)
    )


def _finished(files: ModelFiles, stamps: tuple[Stamp, ...], mark: Mark, settle_seconds: float) -> bool:
    """True if a checkpoint that has weights lacks nothing by its layout's rule."""
    weights = any(files.command or is_weights(file.name) for file in stamps)
    if not weights or mark.missing or mark.writing:
        return False
    return _unquiet(max(file.mtime_ns for file in stamps), mark, settle_seconds) is None


def _missing(files: ModelFiles, stamps: tuple[Stamp, ...], mark: Mark, settle_seconds: float) -> str | None:
    weights = [file for file in stamps if files.command or is_weights(file.name)]
    if not weights:
        return "no weight files yet"
    if mark.missing:
        return mark.missing
    unread = bool(files.command) or all(is_pickled_weights(file.name) for file in weights)
    if not unread and (reason := _weights_fault(files)):
        return reason
    return _unquiet(max(file.mtime_ns for file in stamps), mark, settle_seconds)


def shard_readiness(files: ModelFiles, last_act: LastAct, settle_seconds: float) -> Readiness:
    """Judge a checkpoint whose weights are for its trainer's own tool: by the layout's rule and by times alone.

    A safetensors file that is the checkpoint itself must be as long as its header says.
    """
    mark = last_act()
    fault = _weights_fault(files) if files.weights.is_file() else None
    changes = [path.stat().st_mtime_ns for path in _shards(files.weights)]
    unquiet = _unquiet(max(changes, default=0), mark, settle_seconds)
    missing = mark.missing or fault or unquiet
    damaged = fault is not None and not (mark.missing or mark.writing or unquiet)
    return Readiness(missing, missing is None, mark.writing, damaged)


def _shards(place: Path) -> list[Path]:
    return [place] if place.is_file() else [path for path in place.iterdir() if path.is_file()]


def _unquiet(last_change: int, mark: Mark, settle_seconds: float) -> str | None:
    """The phrase about a change that is newer than the last act and too recent; None if there is no such change."""
    wanted = settle_seconds if mark.quiet_seconds is None else mark.quiet_seconds
    age = time.time() - last_change / 1e9
    if mark.at >= last_change or abs(age) >= wanted:
        return None
    return f"a file changed {age:.0f} s ago; evaluated after {wanted:.0f} s without a change"


def _weights_fault(files: ModelFiles) -> str | None:
    try:
        if not all_written(files.weights):
            open_weights(files)  # raises the error that names the fault
    except CheckpointError as error:
        return f"{Path(error.path or files.weights).name}: {error.cause}"
    return None
