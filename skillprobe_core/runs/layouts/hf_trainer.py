"""Run folders of the Hugging Face Trainer and of TRL: `checkpoint-N/` below the output folder.

axolotl, LLaMA-Factory and unsloth train with it and leave the same folders.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, Layout, folders
from .stored_weights import DCP_MARKER, FSDP_FOLDER, accelerate_conversion

FOLDER = "checkpoint-{step}"
LAST_WRITTEN = "trainer_state.json"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `checkpoint-N`, complete with a `trainer_state.json` of this step.

    The trainer writes that file last, but then callbacks may rewrite the folder. Files that are newer than it must
    therefore be quiet, unless the trainer has begun a later checkpoint since.
    """
    for step, folder, later in folders(root, FOLDER):
        conversion = accelerate_conversion(folder)
        rule = completeness.json_file(folder / LAST_WRITTEN, field="global_step", value=step)
        shards = folder / FSDP_FOLDER
        if conversion and shards.is_dir():
            rule = completeness.every(completeness.file(shards / DCP_MARKER), rule)
        yield Found(root, step, ModelFiles.of(folder), completeness.followed(rule, later), conversion)


LAYOUT = Layout(
    name="hf_trainer",
    looks_for=f"checkpoint-N/ (complete with {LAST_WRITTEN})",
    find=find,
    order=10,
    entries=("checkpoint-*",),
    trainers="Hugging Face Trainer, TRL, axolotl, LLaMA-Factory, unsloth",
    complete=f"{LAST_WRITTEN} states the step, and newer files are quiet or a later checkpoint was begun",
    parts="all in checkpoint-N/",
    convert=f"FSDP shards: accelerate merge-weights checkpoint-N/{FSDP_FOLDER} OUT; DeepSpeed: python "
    "checkpoint-N/zero_to_fp32.py checkpoint-N OUT --safe_serialization",
    signs=("checkpoint-*", "checkpoint-*/*.safetensors"),
)
