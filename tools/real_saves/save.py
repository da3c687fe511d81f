"""A save that a library performs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

STEP = 30
"""The step of every recorded checkpoint."""


@dataclass(frozen=True, slots=True)
class Save:
    """One save of one checkpoint.

    name: of the archive. layout: the layout that has to recognise it. packages: those whose versions are noted, the
    library first. write: writes the run, from the base's folder to the run folder. weights: `model` or `adapter` with
    known values, `merged` for the base with such an adapter added,
    `convert` for weights that only the library's own tool reads. dtype: of the stored weights. ends: True if the last
    operation is the writer's last act; else only quiet files are complete. run: the run folder, from the folder that
    the library is given.
    """

    name: str
    layout: str
    packages: tuple[str, ...]
    write: Callable[[Path, Path], None]
    weights: str = "model"
    dtype: str = "float32"
    ends: bool = True
    run: str = "."

    def description(self) -> dict[str, Any]:
        """The facts about the save that a reader of its recording needs."""
        return {
            "layout": self.layout,
            "step": STEP,
            "versions": {package: version(package) for package in self.packages},
            "weights": self.weights,
            "dtype": self.dtype,
            "ends": self.ends,
            "run": self.run,
        }
