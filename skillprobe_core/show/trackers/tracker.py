"""The interface of a tracker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Tracker(Protocol):
    """Receiver of the values of one model after the other, each model's steps in order."""

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        """Record named values of one checkpoint."""
        ...

    def close(self) -> None:
        """Finish; all logged values are stored afterwards."""
        ...


@dataclass(frozen=True, slots=True)
class TrackerOffer:
    """A tracker to choose with `--log-to`.

    start: gives the tracker; one that writes files writes them to the folder. package: the Python package that it needs
    (None: none).
    """

    name: str
    start: Callable[[Path], Tracker]
    package: str | None = None
