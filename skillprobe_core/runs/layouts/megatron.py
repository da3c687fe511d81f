"""Checkpoint folders of Megatron-LM and Megatron-Bridge: `iter_0000500/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Conversion, Found, Layout, folders
from .stored_weights import python_command

FOLDER = "iter_{step:07}"
LAST_WRITTEN = "latest_checkpointed_iteration.txt"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `iter_N`, complete when the text file of the run, written last, reaches it."""
    for step, folder, _ in folders(root, FOLDER):
        program = (
            "from megatron.bridge import AutoBridge; "
            f"AutoBridge.from_hf_pretrained('BASE').export_ckpt({str(folder)!r}, 'OUT')"
        )
        cause = "the weights are Megatron's, with query, key and value in one tensor"
        conversion = Conversion(cause, python_command(program))
        rule = completeness.number_in(root / LAST_WRITTEN, step)
        yield Found(root, step, ModelFiles.of(folder).borrowing(), rule, conversion)


LAYOUT = Layout(
    name="megatron",
    looks_for=f"iter_0000500/ (complete with {LAST_WRITTEN})",
    find=find,
    order=42,
    entries=("iter_*",),
    trainers="Megatron-LM, Megatron-Bridge",
    complete=f"{LAST_WRITTEN} in the run folder reaches the step",
    parts="weights in iter_0000500/; configuration and tokenizer are the base's",
    convert="python -c \"from megatron.bridge import AutoBridge; AutoBridge.from_hf_pretrained('BASE').export_ckpt("
    "'iter_0000500', 'OUT')\"",
    signs=("iter_*", LAST_WRITTEN),
)
