"""Checkpoint folders of DeepSpeed: `global_stepN/` with the files of ZeRO's ranks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles

from . import completeness
from .layout import Found, Layout, folders, names_in
from .stored_weights import of_zero, zero_conversion

LAST_WRITTEN = "latest"


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `global_stepN` with ZeRO's files, complete when `latest` reaches it."""
    for step, folder, _ in folders(root, "global_step{step}"):
        if of_zero(names_in(folder)):
            rule = completeness.number_in(root / LAST_WRITTEN, step, prefix="global_step")
            yield Found(root, step, ModelFiles.of(folder).borrowing(), rule, zero_conversion(root, folder.name))


LAYOUT = Layout(
    name="deepspeed",
    looks_for=f"global_stepN/*_model_states.pt (complete with {LAST_WRITTEN})",
    find=find,
    order=60,
    entries=("global_step*",),
    trainers="DeepSpeed",
    complete=f"{LAST_WRITTEN} in the run folder names the step or a later one",
    parts="weights in global_stepN/; configuration and tokenizer are the base's",
    convert="python zero_to_fp32.py RUN OUT --safe_serialization --tag global_stepN",
    signs=("global_step*", "global_step*/*_model_states.pt"),
)
