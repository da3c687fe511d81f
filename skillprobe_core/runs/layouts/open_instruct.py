"""Checkpoint folders of open-instruct: `OUTPUT_checkpoints/step_N/` of GRPO, `step_N/` or `epoch_N/` of SFT and DPO."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, Layout, is_folder, names_in, numbered
from .stored_weights import accelerate_conversion, fsdp_files

GRPO_MARKER = ".checkpoint_complete"
STATE_MARKER = "COMPLETED"
MARKERS = frozenset({GRPO_MARKER, STATE_MARKER})


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per numbered folder of a run that uses open-instruct's markers, complete with its marker.

    GRPO writes a Hugging Face model. SFT and DPO write accelerate's state, which has no configuration and no tokenizer:
    those of the base are used. The end of `epoch_N`, counted from 0, is step N + 1.
    """
    numbers = [*numbered(root, "step_{step}")] or [
        (step + 1, folder) for step, folder in numbered(root, "epoch_{step}")
    ]
    found = [(step, folder, names_in(folder)) for step, folder in sorted(numbers)]
    if not root.name.endswith("_checkpoints") and not any(names & MARKERS for _, _, names in found):
        return
    for step, folder, _ in found:
        if is_folder(folder):
            rule = completeness.either(*(completeness.file(folder / name) for name in (GRPO_MARKER, STATE_MARKER)))
            files = fsdp_files(folder) or ModelFiles.of(folder).borrowing()
            yield Found(root, step, files, rule, accelerate_conversion(folder))


LAYOUT = Layout(
    name="open_instruct",
    looks_for=f"step_N/ or epoch_N/ (complete with {GRPO_MARKER} or {STATE_MARKER})",
    find=find,
    order=32,
    entries=("step_*", "epoch_*"),
    trainers="open-instruct",
    complete=f"GRPO: {GRPO_MARKER} is there; SFT and DPO: {STATE_MARKER} is there",
    parts="all in the folder; SFT and DPO: configuration and tokenizer are the base's",
    convert="DeepSpeed: python step_N/zero_to_fp32.py step_N OUT --safe_serialization",
    signs=("step_*", f"step_*/{GRPO_MARKER}"),
)
