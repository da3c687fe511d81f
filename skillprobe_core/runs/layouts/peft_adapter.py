"""A folder that is itself a LoRA adapter, as PEFT's `save_pretrained` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.weights import ADAPTER_FILE

from . import completeness
from .layout import Found, Layout
from .single_folder import step_of

LAST_WRITTEN = "adapter_config.json"


def find(root: Path) -> Iterator[Found]:
    """The folder itself, if it holds adapter weights and no `config.json`; PEFT writes `adapter_config.json` last.

    The step is that of `single`. Adapters that a trainer writes to `checkpoint-N/` are found by its own layout.
    """
    names = {entry.name for entry in root.iterdir()}
    if "config.json" not in names and names & {ADAPTER_FILE, "adapter_model.bin"}:
        yield Found(root, step_of(root), ModelFiles.of(root), completeness.json_file(root / LAST_WRITTEN))


LAYOUT = Layout(
    name="peft_adapter",
    looks_for=f"{ADAPTER_FILE} with {LAST_WRITTEN}",
    find=find,
    order=90,
    entries=("adapter_model.*",),
    trainers="PEFT",
    complete=f"{LAST_WRITTEN} is there",
    parts="all in the folder; configuration and tokenizer are the base's",
    signs=(ADAPTER_FILE, LAST_WRITTEN),
)
