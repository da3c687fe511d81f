"""A checkpoint: its files, its model's name and its step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import CheckpointError

from .model_files import ModelFiles

UNKNOWN_METHOD = "unknown"
"""The method of a model whose training nobody described."""

LONGEST_MODEL = 128
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEY = re.compile(r"(?P<model>[^/@]+)[/@](?P<step>0|[1-9][0-9]*)")


def is_model(name: str) -> bool:
    """True if a model may have this name."""
    return len(name) <= LONGEST_MODEL and _MODEL.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One (model, step) and its files. `method` says how the model is trained (sft, rl, ...); step 0 is the base.

    `run` is the run folder that a layout found it in; None for a folder that belongs to no run.
    """

    model: str
    step: int
    files: ModelFiles
    method: str
    run: Path | None = None

    def __post_init__(self) -> None:
        if not is_model(self.model):
            raise CheckpointError(
                f"{self.model!r} is not a valid model name",
                remedy=f"use up to {LONGEST_MODEL} letters, digits, '.', '_' and '-', starting with a letter or digit",
                path=self.path,
            )
        if self.step < 0:
            raise CheckpointError(
                f"step {self.step} is negative",
                remedy="number the steps from 0 upwards (0 is the base)",
                path=self.path,
            )

    @classmethod
    def in_folder(cls, model: str, step: int, folder: Path, method: str) -> Checkpoint:
        """A checkpoint in a folder that holds all its parts."""
        return cls(model, step, ModelFiles.of(folder), method)

    @property
    def path(self) -> Path:
        """The folder that people name (or the file, for layouts whose checkpoints are files)."""
        return self.files.path

    @property
    def run_folder(self) -> Path:
        """The folder that gives the model its default name: the run's, or the checkpoint itself."""
        return self.run or self.path

    @property
    def key(self) -> str:
        """Partition key, `MODEL/STEP`."""
        return f"{self.model}/{self.step}"


def parse_key(key: str) -> tuple[str, int]:
    """Model and step of a checkpoint's name, `MODEL/STEP` (as in partition keys) or `MODEL@STEP`.

    Both separators are equal everywhere: a model's name contains neither.

    Args:
        key: The name.

    Returns:
        The model and the step; 0 is the model's base.

    Raises:
        CheckpointError: The text has another form, or its step has leading zeros.
    """
    found = _KEY.fullmatch(key)
    if found is None or not is_model(found["model"]):
        raise CheckpointError(
            f"{key!r} is not a checkpoint key",
            remedy="write MODEL/STEP or MODEL@STEP with a step without leading zeros, for example my-run@500",
        )
    return found["model"], int(found["step"])
