"""Layouts: where a run folder keeps its checkpoints, and which file marks one as complete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint folder of a run. `marker` names the file that the trainer writes last, if there is one."""

    step: int
    path: Path
    marker: str | None


class Layout(Protocol):
    """The way in which one trainer lays out its checkpoints. Implementations read names only, never weights."""

    @property
    def name(self) -> str:
        """The layout's name in messages and settings."""
        ...

    @property
    def looks_for(self) -> str:
        """The files and folders that the layout recognises, for messages."""
        ...

    def holds(self, run_folder: Path) -> bool:
        """True if the folder has this layout; raises OSError when it cannot be read."""
        ...

    def find(self, run_folder: Path) -> list[Found]:
        """The folder's checkpoints in order of their steps, complete or not; raises OSError when it cannot be read."""
        ...
