"""A folder that is itself a checkpoint, as `save_pretrained` writes it."""

from __future__ import annotations

import json
from pathlib import Path

from .hf_trainer import LAST_WRITTEN, STEP_FOLDER
from .layout import Found


class Single:
    """`config.json` beside weights. The step is that of the trainer's state or of the folder's name, else 0."""

    name = "single"

    def holds(self, run_folder: Path) -> bool:
        """Whether there are a `config.json` and weights of any format."""
        names = {entry.name for entry in run_folder.iterdir()}
        return "config.json" in names and any(name.endswith((".safetensors", ".bin")) for name in names)

    def find(self, run_folder: Path) -> list[Found]:
        """The folder itself; its marker is the trainer's state where there is one."""
        state = run_folder / LAST_WRITTEN
        marker = LAST_WRITTEN if state.exists() else None
        return [Found(_step(run_folder, state if marker else None), run_folder, marker)]


def _step(folder: Path, state: Path | None) -> int:
    if match := STEP_FOLDER.fullmatch(folder.resolve().name):
        return int(match[1])
    if state is not None:
        try:
            return int(json.loads(state.read_text())["global_step"])
        except (ValueError, KeyError, TypeError):
            return 0  # half written: readiness says so
    return 0
