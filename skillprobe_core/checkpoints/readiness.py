"""Readiness of a checkpoint folder, judged from names, sizes, times and safetensors headers alone."""

from __future__ import annotations

import json
import time
from pathlib import Path

from skillprobe_core.errors import CheckpointError

from .files import Stamp, is_pickled_weights, is_weights
from .weights import open_weights


def missing_part(folder: Path, files: tuple[Stamp, ...], marker: str | None, settle_seconds: float) -> str | None:
    """The reason why the folder is not complete yet; None when it is.

    All shards of the weights must be there, and each safetensors file must be as long as its header says. (Pickled
    weights are not inspected; they are refused later, with a remedy.) In addition, a marker that parses and is at least
    as new as the weights is enough. Without a marker, or when the weights are newer (as after a copy or while they are
    rewritten), no file may have changed for `settle_seconds`.
    """
    weights = [file for file in files if is_weights(file.name)]
    if not weights:
        return "no weight files yet"
    if marker is not None and (reason := _marker_fault(folder / marker)):
        return reason
    pickled = all(is_pickled_weights(file.name) for file in weights)
    if not pickled and (reason := _weights_fault(folder)):
        return reason
    newest = max(file.mtime_ns for file in weights)
    if marker is not None and (folder / marker).stat().st_mtime_ns >= newest:
        return None
    last_change = max(file.mtime_ns for file in files)
    age = time.time() - last_change / 1e9
    if abs(age) < settle_seconds:
        return f"a file changed {age:.0f} s ago; evaluated after {settle_seconds:.0f} s without a change"
    return None


def _marker_fault(path: Path) -> str | None:
    try:
        json.loads(path.read_text())
    except FileNotFoundError:
        return f"no {path.name} yet"
    except ValueError:
        return f"{path.name} is incomplete"
    return None


def _weights_fault(folder: Path) -> str | None:
    try:
        open_weights(folder)
    except CheckpointError as error:
        return f"{Path(error.path or folder).name}: {error.cause}"
    return None
