"""A checkpoint: where it lies and what it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from skillprobe_core.errors import CheckpointError

LONGEST_MODEL = 128
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def is_model(name: str) -> bool:
    """True if a model may have this name."""
    return len(name) <= LONGEST_MODEL and _MODEL.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One (model, step) and its folder. `method` says how the model is trained (sft, rl, ...); step 0 is the base."""

    model: str
    step: int
    path: Path
    method: str

    def __post_init__(self) -> None:
        if not is_model(self.model):
            raise CheckpointError(
                f"{self.model!r} cannot name a model",
                remedy=f"use up to {LONGEST_MODEL} letters, digits, '.', '_' and '-', starting with a letter or digit",
                path=self.path,
            )
        if self.step < 0:
            raise CheckpointError(
                f"step {self.step} is negative", remedy="count steps from 0, the base", path=self.path
            )

    @property
    def key(self) -> str:
        """Partition key, `MODEL/STEP`."""
        return f"{self.model}/{self.step}"


def parse_key(key: str) -> tuple[str, int]:
    """Model and step of a partition key `MODEL/STEP`; raises CheckpointError when it is not one."""
    model, _, step = key.rpartition("/")
    if not is_model(model) or not step.isdecimal() or str(int(step)) != step:
        raise CheckpointError(
            f"{key!r} is no checkpoint key", remedy="write MODEL/STEP with an unpadded step, for example my-run/500"
        )
    return model, int(step)
