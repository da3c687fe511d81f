"""Export of scores to experiment trackers, one file each; all of them are optional."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from skillprobe_core.errors import SettingsError

from .tracker import Tracker

TRACKERS = ("tensorboard", "wandb", "mlflow", "trackio")
"""Names of the packages, and of the modules here that use them."""


def open_tracker(name: str, folder: Path) -> Tracker:
    """The tracker of that name; a tracker that writes files writes them to `folder`.

    Raises SettingsError for an unknown name and for a package that is not installed.
    """
    if name not in TRACKERS:
        raise SettingsError(f"unknown tracker {name!r}", remedy=f"use one of {', '.join(TRACKERS)}")
    if find_spec(name) is None:
        there = [each for each in TRACKERS if find_spec(each) is not None]
        raise SettingsError(
            f"the package {name} is not installed",
            remedy=f"pip install {name}" + (f", or use an installed tracker: {', '.join(there)}" if there else ""),
        )
    start: Callable[[Path], Tracker] = import_module(f".{name}", __name__).start
    return start(folder)
