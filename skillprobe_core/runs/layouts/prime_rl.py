"""Output folders of prime-rl: `broadcasts/step_N/`, in older releases `weights/step_N/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.dcp_index import MARKER as DCP_MARKER

from . import completeness
from .layout import Found, Layout, is_folder, names_in, numbered
from .stored_weights import sharded

PLACES = ("broadcasts", "weights")
FOLDER = "step_{step}"
LAST_WRITTEN = "STABLE"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `step_N` in `broadcasts` or `weights`, complete with the empty file `STABLE`,
    written last. The trainer keeps only the newest broadcast.

    A step that only the resume state has (`checkpoints/step_N/trainer`) is stored by torch.distributed.checkpoint.
    """
    steps = set()
    for place in PLACES:
        for step, folder in numbered(root / place, FOLDER):
            if is_folder(folder) and step not in steps:
                steps.add(step)
                yield Found(root, step, ModelFiles.of(folder), completeness.file(folder / LAST_WRITTEN))
    for step, folder in numbered(root / "checkpoints", FOLDER):
        state = folder / "trainer"
        if step not in steps and sharded(names_in(state)):
            files = ModelFiles.of(folder).at(state).borrowing()
            yield Found(root, step, files, completeness.file(state / DCP_MARKER))


LAYOUT = Layout(
    name="prime_rl",
    looks_for=f"broadcasts/step_N/ or weights/step_N/ (complete with {LAST_WRITTEN})",
    find=find,
    order=30,
    entries=(*PLACES, "checkpoints"),
    trainers="prime-rl",
    complete=f"{LAST_WRITTEN} is there; resume state: {DCP_MARKER} is there",
    parts="all in broadcasts/step_N/ or weights/step_N/; resume state: weights in checkpoints/step_N/trainer/, "
    "configuration and tokenizer of the base",
    signs=("broadcasts", "broadcasts/step_*"),
)
