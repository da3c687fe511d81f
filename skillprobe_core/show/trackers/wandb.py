"""Weights & Biases: one run per model in the project `skillprobe`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb

from .tracker import TrackerOffer


class _WandB:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: dict[str, Any] = {}

    def log(self, model: str, step: int, values: Mapping[str, float]) -> None:
        if model not in self._runs:
            for run in self._runs.values():
                run.finish()
            self._runs[model] = wandb.init(
                project="skillprobe", name=model, dir=str(self._folder), reinit="finish_previous"
            )
        self._runs[model].log(dict(values), step=step)

    def close(self) -> None:
        for run in self._runs.values():
            run.finish()


def start(folder: Path) -> _WandB:
    """A tracker with the account and mode set in wandb's own variables; its local files go to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return _WandB(folder)


TRACKER = TrackerOffer("wandb", start)
