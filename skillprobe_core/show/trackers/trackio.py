"""Trackio: one run per model in the project `skillprobe`, kept in Trackio's own local database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import trackio

from .tracker import TrackerOffer


class _Trackio:
    def __init__(self) -> None:
        self._model: str | None = None

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        if model != self._model:
            self.close()
            trackio.init(project="skillprobe", name=model)
            self._model = model
        trackio.log(dict(values), step=step)

    def close(self) -> None:
        if self._model is not None:
            trackio.finish()
            self._model = None


def start(folder: Path) -> _Trackio:
    """A tracker on Trackio's database (in TRACKIO_DIR); view it with `trackio show --project skillprobe`."""
    return _Trackio()


TRACKER = TrackerOffer("trackio", start)
