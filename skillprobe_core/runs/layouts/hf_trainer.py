"""Run folders of the Hugging Face Trainer and of TRL: `checkpoint-N/` below the output folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, numbered

FOLDER = "checkpoint-{step}"
LAST_WRITTEN = "trainer_state.json"


class HFTrainer:
    """Folders `checkpoint-N/`, each complete when `trainer_state.json`, which the trainer writes last, is there."""

    name = "hf_trainer"
    looks_for = f"checkpoint-N/ (complete with {LAST_WRITTEN})"

    def find(self, root: Path) -> Iterator[Found]:
        """One checkpoint per folder named `checkpoint-N`."""
        for step, folder in numbered(root, FOLDER):
            if folder.is_dir():
                yield Found(root, step, ModelFiles.of(folder), completeness.json_file(folder / LAST_WRITTEN))
