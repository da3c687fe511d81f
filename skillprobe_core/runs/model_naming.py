"""Names for folders: the model and step that a folder has by default, the same for every command and for the sensor."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from .checkpoint import LONGEST_MODEL, is_model
from .layouts import LAYOUTS, Layout
from .places import checkpoint_of

_UNUSABLE = re.compile(r"[^A-Za-z0-9._-]+")
_DIGITS = 8


def run_of(path: Path, layouts: Sequence[Layout] = LAYOUTS) -> Path:
    """The folder that names the model: the run of a checkpoint, any other folder itself."""
    return checkpoint_of(path, layouts).run


def model_of(path: Path, layouts: Sequence[Layout] = LAYOUTS) -> str:
    """The default model name of a run folder or of a checkpoint: `model_name` of `run_of`."""
    return model_name(run_of(path, layouts))


def model_name(run: Path) -> str:
    """The default model name of a run folder: its own name, where that can be a model's name.

    Otherwise each run of other characters becomes `-`, and the first 8 hexadecimal digits of the name's SHA-256 are
    appended, so that two names never become one: `my run` is `my-run-` with eight digits, and `实验1` is `1-` with
    eight others.
    """
    name = run.name
    if is_model(name):
        return name
    kept = _UNUSABLE.sub("-", name).strip("-._")[: LONGEST_MODEL - _DIGITS - 1].rstrip("-._")
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
    return f"{kept or 'model'}-{digest}"
