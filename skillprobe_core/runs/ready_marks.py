"""Marks that a training loop leaves for skillprobe: one small file per saved checkpoint, in the run's own folder.

`RUN/skillprobe_ready/STEP.json` names the checkpoint's folder and carries what the loop knows: method, base, seed,
digest of the data, and the metrics of that step. This module imports nothing outside the standard library, so that a
training loop can use it at no cost.
"""

from __future__ import annotations

import json
import logging
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from pathlib import Path

FOLDER = "skillprobe_ready"
"""Name of the folder of marks in a run folder."""

_LARGEST = 1 << 20
_LOG = logging.getLogger("skillprobe")


@dataclass(frozen=True, slots=True)
class ReadyMark:
    """A training loop's statement that a checkpoint is complete.

    folder: the checkpoint, an absolute path below the run folder. file: the mark itself. method, base, seed,
    data_digest: of the run, where the loop stated them. metrics: the loop's own figures at that step, by name.
    """

    step: int
    folder: Path
    file: Path
    method: str | None = None
    base: str | None = None
    seed: int | None = None
    data_digest: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)


def mark_ready(
    folder: str | os.PathLike[str],
    step: int,
    *,
    run: str | os.PathLike[str] | None = None,
    method: str | None = None,
    base: str | None = None,
    seed: int | None = None,
    data_digest: str | None = None,
    metrics: Mapping[str, object] | None = None,
) -> None:
    """State that a checkpoint has been saved completely, so that skillprobe evaluates it without waiting.

    Call it from one process, after the last file of the checkpoint. It never raises: whatever goes wrong is logged as a
    warning of the logger `skillprobe`, and training goes on.

    Args:
        folder: The checkpoint's folder, with weights, configuration and tokenizer as `save_pretrained` writes them.
        step: Optimizer steps since the base, 1 or more.
        run: The folder of the whole run, above `folder` (default: the parent of `folder`).
        method: Training method, in your own word: sft, rl, ...
        base: The model that training started from: a folder or a hub name.
        seed: Seed of the run.
        data_digest: Digest or name of the training data.
        metrics: Figures of this step, such as `{"loss": 0.7, "reward": 0.3}`; others than finite numbers are left out.
    """
    try:
        _write(Path(folder), step, run, method, base, seed, data_digest, metrics or {})
    except Exception as error:
        _LOG.warning("the checkpoint in %s is not marked for skillprobe: %s: %s", folder, type(error).__name__, error)


def _write(
    folder: Path,
    step: int,
    run: str | os.PathLike[str] | None,
    method: str | None,
    base: str | None,
    seed: int | None,
    data_digest: str | None,
    metrics: Mapping[str, object],
) -> None:
    folder = folder.resolve()
    root = folder.parent if run is None else Path(run).resolve()
    if isinstance(step, bool) or not isinstance(step, Integral) or step < 1:
        raise ValueError(f"step {step!r} is not a whole number of at least 1")
    if root not in folder.parents:
        raise ValueError(f"the run folder {root} is not above the checkpoint")
    content = {
        "step": int(step),
        "folder": folder.relative_to(root).as_posix(),
        "method": method,
        "base": None if base is None else str(base),
        "seed": None if seed is None else int(seed),
        "data_digest": data_digest,
        "metrics": _finite(metrics),
    }
    marks = root / FOLDER
    marks.mkdir(exist_ok=True)
    target = marks / f"{step}.json"
    temporary = marks / f".{step}.{os.getpid()}"
    try:
        temporary.write_text(json.dumps(content))
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def ready_mark(run: Path, step: int) -> ReadyMark | None:
    """The mark of a step of a run; None if there is none, or none that can be read.

    A mark may be written by a stranger: one that is too large, states another step, or names a folder outside the run
    is none.
    """
    from .bounded_files import read_object  # a training loop that only writes marks does without it

    file = run / FOLDER / f"{step}.json"
    try:
        content = read_object(file, _LARGEST)
        folder = Path(content["folder"])
        if content["step"] != step or folder.is_absolute() or ".." in folder.parts or not folder.parts:
            return None
        metrics = content.get("metrics")
        return ReadyMark(
            step,
            run / folder,
            file,
            _text(content.get("method")),
            _text(content.get("base")),
            _whole(content.get("seed")),
            _text(content.get("data_digest")),
            _finite(metrics) if isinstance(metrics, dict) else {},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _finite(metrics: Mapping[str, object]) -> dict[str, float]:
    return {
        str(name): float(value)
        for name, value in metrics.items()
        if isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63
    return value if fits and isinstance(value, int) else None
