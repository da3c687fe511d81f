"""Run folders of the Hugging Face Trainer and of TRL: `checkpoint-N/` below the output folder."""

from __future__ import annotations

import re
from pathlib import Path

from .layout import Found

STEP_FOLDER = re.compile(r"checkpoint-(0|[1-9][0-9]*)")
LAST_WRITTEN = "trainer_state.json"


class HFTrainer:
    """Folders `checkpoint-N/`, each complete when `trainer_state.json`, which the trainer writes last, is there."""

    name = "hf_trainer"
    looks_for = f"checkpoint-N/ (complete with {LAST_WRITTEN})"

    def holds(self, run_folder: Path) -> bool:
        """True if there is a folder named `checkpoint-N`."""
        return bool(self.find(run_folder))

    def find(self, run_folder: Path) -> list[Found]:
        """One entry per folder named `checkpoint-N`."""
        named = ((STEP_FOLDER.fullmatch(entry.name), entry) for entry in run_folder.iterdir())
        found = [Found(int(match[1]), entry, LAST_WRITTEN) for match, entry in named if match and entry.is_dir()]
        return sorted(found, key=lambda each: each.step)
