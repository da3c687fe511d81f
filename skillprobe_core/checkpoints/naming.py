"""Names for folders: the model and step that a folder has by default, the same for every command and for the sensor."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from .checkpoint import LONGEST_MODEL, is_model
from .discovery import found_in
from .layouts import LAYOUTS, Found, Layout

_UNUSABLE = re.compile(r"[^A-Za-z0-9._-]+")
_DIGITS = 8
_LEVELS = 3


def full_path(folder: Path) -> Path:
    """The folder's absolute path, with `..` resolved and symbolic links otherwise kept: a link may name a run."""
    # Neither of the two raises, whatever the links are: a folder that cannot be used is reported where it is read.
    return Path(os.path.realpath(folder)) if ".." in folder.parts else folder.absolute()


def locate(path: Path, layouts: Sequence[Layout] = LAYOUTS) -> Found | None:
    """The checkpoint that a path names, as the layouts find it; None where they find none.

    The path may be the checkpoint, or a folder between it and its weights or configuration. It is looked for in up to
    three folders above it, the nearest first, and then as a folder that is a checkpoint by itself. Never raises.
    """
    path = full_path(path)
    for root in (*path.parents[:_LEVELS], path):
        for found in _found(root, layouts):
            if found.covers(path):
                return found
    return None


def run_of(path: Path, layouts: Sequence[Layout] = LAYOUTS) -> Path:
    """The folder that names the model: the run of a checkpoint, any other folder itself."""
    found = locate(path, layouts)
    return full_path(path) if found is None else found.run


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


def _found(root: Path, layouts: Sequence[Layout]) -> list[Found]:
    try:
        return found_in(root, layouts)
    except Exception:  # missing, unreadable or damaged: reported where the checkpoint itself is read
        return []
