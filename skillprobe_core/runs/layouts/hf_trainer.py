"""Run folders of the Hugging Face Trainer and of TRL: `checkpoint-N/` below the output folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, Layout, numbered

FOLDER = "checkpoint-{step}"
LAST_WRITTEN = "trainer_state.json"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `checkpoint-N`, complete with `trainer_state.json`, which is written last."""
    for step, folder in numbered(root, FOLDER):
        if folder.is_dir():
            yield Found(root, step, ModelFiles.of(folder), completeness.json_file(folder / LAST_WRITTEN))


LAYOUT = Layout(
    name="hf_trainer",
    looks_for=f"checkpoint-N/ (complete with {LAST_WRITTEN})",
    find=find,
    order=10,
)
