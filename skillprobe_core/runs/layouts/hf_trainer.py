"""Run folders of the Hugging Face Trainer and of TRL: `checkpoint-N/` below the output folder.

axolotl, LLaMA-Factory and unsloth train with it and leave the same folders.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.dcp_index import MARKER as DCP_MARKER

from . import completeness
from .layout import Found, Layout, folders
from .stored_weights import FSDP_FOLDER, accelerate_conversion, fsdp_files

FOLDER = "checkpoint-{step}"
LAST_WRITTEN = "trainer_state.json"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `checkpoint-N`, complete with a `trainer_state.json` of this step.

    The trainer writes that file last, but then callbacks may rewrite the folder. Files that are newer than it must
    therefore be quiet, unless the trainer has begun a later checkpoint since. Training loops of one's own may pad the
    number with zeros.
    """
    for step, folder, later in folders(root, FOLDER, padded=True):
        shards = fsdp_files(folder)
        rule = completeness.json_file(folder / LAST_WRITTEN, field="global_step", value=step)
        if shards:
            rule = completeness.every(completeness.file(shards.weights / DCP_MARKER), rule)
        files = shards or ModelFiles.of(folder)
        yield Found(root, step, files, completeness.followed(rule, later), accelerate_conversion(folder))


LAYOUT = Layout(
    name="hf_trainer",
    looks_for=f"checkpoint-N/ (complete with {LAST_WRITTEN})",
    find=find,
    order=10,
    entries=("checkpoint-*",),
    trainers="Hugging Face Trainer, TRL, axolotl, LLaMA-Factory, unsloth",
    complete=f"{LAST_WRITTEN} states the step, and newer files are quiet or a later checkpoint was begun",
    parts=f"all in checkpoint-N/; FSDP shards in checkpoint-N/{FSDP_FOLDER}/, configuration and tokenizer of the base",
    convert="DeepSpeed: python checkpoint-N/zero_to_fp32.py checkpoint-N OUT --safe_serialization",
    signs=("checkpoint-*", "checkpoint-*/*.safetensors"),
)
