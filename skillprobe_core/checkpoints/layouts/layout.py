"""What a layout is: where the checkpoints of a run folder lie, and what tells that one is whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint folder of a run. `marker` names the file that the trainer writes last, if it writes one."""

    step: int
    path: Path
    marker: str | None


class Layout(Protocol):
    """How one trainer lays out its checkpoints. Implementations read names only, never weights."""

    @property
    def name(self) -> str:
        """The layout's name in messages and settings."""
        ...

    @property
    def looks_for(self) -> str:
        """The files and folders that the layout recognises, for messages."""
        ...

    def holds(self, run_folder: Path) -> bool:
        """Whether the folder looks like this layout; raises OSError when it cannot be read."""
        ...

    def find(self, run_folder: Path) -> list[Found]:
        """The folder's checkpoints by rising step, complete or not; raises OSError when it cannot be read."""
        ...
