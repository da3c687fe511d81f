"""Checkpoint folders of OpenRLHF: `global_stepN_hf/`, written with `--ckpt.save_hf`, next to `_actor/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, Layout, folders
from .stored_weights import zero_conversion

FOLDER = "global_step{step}_hf"
STATE = "_actor"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `global_stepN_hf`, which ends with the tokenizer and has no marker: it must be
    quiet. A step that only `_actor/global_stepN` holds is DeepSpeed's state, complete when `_actor/latest` reaches it.
    """
    steps = set()
    for step, folder, _ in folders(root, FOLDER):
        steps.add(step)
        yield Found(root, step, ModelFiles.of(folder), completeness.quiet())
    state = root / STATE
    for step, folder, _ in folders(state, "global_step{step}"):
        if step not in steps:
            rule = completeness.number_in(state / "latest", step, prefix="global_step")
            files = ModelFiles.of(folder).borrowing()
            yield Found(root, step, files, rule, zero_conversion(state, folder.name))


LAYOUT = Layout(
    name="openrlhf",
    looks_for=f"global_stepN_hf/ or {STATE}/global_stepN/",
    find=find,
    order=22,
    entries=("global_step*_hf", STATE),
    trainers="OpenRLHF",
    complete=f"no file changed for settle_seconds; {STATE}/: latest names the step or a later one",
    parts="all in global_stepN_hf/",
    convert=f"{STATE}/ alone: python {STATE}/zero_to_fp32.py {STATE} OUT --safe_serialization --tag global_stepN",
    signs=("global_step*_hf", "global_step*_hf/*.safetensors"),
)
