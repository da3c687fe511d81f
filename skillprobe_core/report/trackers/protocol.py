"""What a tracker must be able to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Tracker(Protocol):
    """Takes one model's values after another, each model's steps in order."""

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        """Record named values of one checkpoint."""
        ...

    def close(self) -> None:
        """Finish; everything logged is kept from now on."""
        ...
