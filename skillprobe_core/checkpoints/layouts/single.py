"""A folder that is itself a checkpoint, as `save_pretrained` writes it."""

from __future__ import annotations

import json
from pathlib import Path

from .hf_trainer import LAST_WRITTEN, STEP_FOLDER
from .layout import Found


class Single:
    """`config.json` and weights in one folder. The step comes from the folder's name or the trainer's state, else 0."""

    name = "single"
    looks_for = "config.json with *.safetensors"

    def holds(self, run_folder: Path) -> bool:
        """True if there are a `config.json` and weights of any format."""
        names = {entry.name for entry in run_folder.iterdir()}
        return "config.json" in names and any(name.endswith((".safetensors", ".bin")) for name in names)

    def find(self, run_folder: Path) -> list[Found]:
        """The folder itself; its marker is the trainer's state file if there is one."""
        marker = LAST_WRITTEN if (run_folder / LAST_WRITTEN).exists() else None
        return [Found(step_of(run_folder), run_folder, marker)]


def step_of(folder: Path) -> int:
    """The step given by the folder's name or by the trainer's state in it, else 0."""
    state = folder / LAST_WRITTEN
    if match := STEP_FOLDER.fullmatch(folder.resolve().name):
        return int(match[1])
    if state.exists():
        try:
            return int(json.loads(state.read_text())["global_step"])
        except (ValueError, KeyError, TypeError):
            return 0  # half written: the readiness check reports it
    return 0
