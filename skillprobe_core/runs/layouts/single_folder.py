"""A folder that is itself a checkpoint, as `save_pretrained` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .hf_trainer import FOLDER, LAST_WRITTEN
from .layout import Found, Layout, stated_step, step_in


def step_of(folder: Path) -> int:
    """The step that the trainer gave the folder, by its name or by the trainer's state in it, else 0."""
    if (step := step_in(folder.resolve().name, FOLDER, padded=True)) is not None:
        return step
    return stated_step(folder / LAST_WRITTEN) or 0  # missing or half written: the rule of completeness reports it


def find(root: Path) -> Iterator[Found]:
    """The folder itself, if it holds a `config.json` and weights of any format; its step is that of `step_of`.

    Where the trainer's state file is there, it is the last file written.
    """
    names = {entry.name for entry in root.iterdir()}
    if "config.json" in names and any(name.endswith((".safetensors", ".bin")) for name in names):
        state = root / LAST_WRITTEN
        last_act = completeness.json_file(state) if LAST_WRITTEN in names else completeness.quiet()
        yield Found(root, step_of(root), ModelFiles.of(root), last_act)


LAYOUT = Layout(
    name="single",
    looks_for="config.json with *.safetensors",
    find=find,
    order=80,
    entries=("config.json",),
    trainers="any that calls save_pretrained",
    complete=f"no file changed for settle_seconds; {LAST_WRITTEN}, where it is there, is valid",
    parts="all in the folder",
    signs=("config.json", "*.safetensors"),
)
