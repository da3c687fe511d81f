"""Readiness of a checkpoint, judged from names, sizes, times and safetensors headers alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import CheckpointError
from skillprobe_core.runs.layouts.completeness import LastAct, Mark

from .content_files import Stamp, is_pickled_weights, is_weights
from .model_files import ModelFiles
from .weights import open_weights


@dataclass(frozen=True, slots=True)
class Readiness:
    """State of a checkpoint's files.

    missing: what is missing, as one phrase; None for a complete checkpoint.
    settled: true of a complete checkpoint, and of one that lacks only the writer's last act and has not changed for
    long enough. writing: the writer states that it has not finished.
    """

    missing: str | None
    settled: bool
    writing: bool = False


def readiness(files: ModelFiles, stamps: tuple[Stamp, ...], last_act: LastAct, settle_seconds: float) -> Readiness:
    """Judge a checkpoint by the stamps of its files and by its layout's rule.

    All shards of the weights must be there, and each safetensors file must be as long as its header says. (Pickled
    weights are not inspected; they are refused later, with a remedy.) In addition, a last act that is at least as new
    as the weights is enough. Without one, or when the weights are newer (as after a copy or while they are rewritten),
    no file may have changed for `settle_seconds`.
    """
    mark = last_act()
    missing = _missing(files, stamps, mark, settle_seconds)
    settled = missing is None or (not mark.writing and _missing(files, stamps, Mark(), settle_seconds) is None)
    return Readiness(missing, settled, mark.writing)


def _missing(files: ModelFiles, stamps: tuple[Stamp, ...], mark: Mark, settle_seconds: float) -> str | None:
    weights = [file for file in stamps if is_weights(file.name)]
    if not weights:
        return "no weight files yet"
    if mark.missing:
        return mark.missing
    pickled = all(is_pickled_weights(file.name) for file in weights)
    if not pickled and (reason := _weights_fault(files)):
        return reason
    if mark.at >= max(file.mtime_ns for file in weights):
        return None
    last_change = max(file.mtime_ns for file in stamps)
    age = time.time() - last_change / 1e9
    if abs(age) < settle_seconds:
        return f"a file changed {age:.0f} s ago; evaluated after {settle_seconds:.0f} s without a change"
    return None


def _weights_fault(files: ModelFiles) -> str | None:
    try:
        open_weights(files)
    except CheckpointError as error:
        return f"{Path(error.path or files.weights).name}: {error.cause}"
    return None
