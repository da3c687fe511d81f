"""Names for folders: the model and step that a folder has by default, the same for every command and for the sensor."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from .checkpoint import LONGEST_MODEL, is_model
from .layouts.hf_trainer import STEP_FOLDER

_UNUSABLE = re.compile(r"[^A-Za-z0-9._-]+")
_DIGITS = 8


def full_path(folder: Path) -> Path:
    """The folder's absolute path, with `..` resolved and symbolic links otherwise kept: a link may name a run."""
    # Neither of the two raises, whatever the links are: a folder that cannot be used is reported where it is read.
    return Path(os.path.realpath(folder)) if ".." in folder.parts else folder.absolute()


def numbered_step(folder: Path) -> int | None:
    """N for a folder named `checkpoint-N`, else None."""
    match = STEP_FOLDER.fullmatch(full_path(folder).name)
    return int(match[1]) if match else None


def run_folder(folder: Path) -> Path:
    """The folder that names the model: the parent of `checkpoint-N`, any other folder itself."""
    folder = full_path(folder)
    return folder if numbered_step(folder) is None else folder.parent


def model_of(folder: Path) -> str:
    """The default model name of a run folder or checkpoint folder.

    It is the name of `run_folder`, where that can be a model's name. Otherwise each run of other characters becomes
    `-`, and the first 8 hexadecimal digits of the name's SHA-256 are appended, so that two names never become one:
    `my run` is `my-run-` with eight digits, and `实验1` is `1-` with eight others.
    """
    name = run_folder(folder).name
    if is_model(name):
        return name
    kept = _UNUSABLE.sub("-", name).strip("-._")[: LONGEST_MODEL - _DIGITS - 1].rstrip("-._")
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
    return f"{kept or 'model'}-{digest}"
