"""Run folders of verl with `hf_model` in `checkpoint.save_contents`: `global_step_N/actor/huggingface/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, Layout, numbered

LAST_WRITTEN = "latest_checkpointed_iteration.txt"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `global_step_N` whose actor has safetensors weights.

    It is complete when the text file in the run's folder, written last, reaches its step. Without `hf_model` the folder
    holds pickled shards only, which are not read: such a checkpoint is not found.
    """
    for step, folder in numbered(root, "global_step_{step}"):
        model = folder / "actor" / "huggingface"
        if any(model.glob("*.safetensors")):
            files = ModelFiles(folder, model, model, model)
            yield Found(root, step, files, completeness.number_in(root / LAST_WRITTEN, step))


LAYOUT = Layout(
    name="verl",
    looks_for=f"global_step_N/actor/huggingface/*.safetensors (complete with {LAST_WRITTEN})",
    find=find,
    order=20,
)
