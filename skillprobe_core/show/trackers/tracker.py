"""The interface of a tracker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Tracker(Protocol):
    """Receiver of the values of one model after the other, each model's steps in order."""

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        """Record named values of one checkpoint."""
        ...

    def close(self) -> None:
        """Finish; all logged values are stored afterwards."""
        ...
