"""Checkpoint folders of NeMo Automodel: `epoch_E_step_N/model/`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from skillprobe_core.runs.model_files import ModelFiles
from skillprobe_core.runs.sharded.sharded_folder import is_sharded

from . import completeness
from .layout import Found, Layout, is_folder, names_in, numbered
from .stored_weights import readable

FOLDER = "epoch_{epoch}_step_{step}"
UNFINISHED = ".incomplete"
METADATA = ".hf_metadata"
"""Folder of the configuration and the tokenizer next to shards of single ranks."""


def find(root: Path) -> Iterator[Found]:
    """One checkpoint per folder named `epoch_E_step_N`, in which `.incomplete` lies as long as it is written."""
    for step, folder in numbered(root, FOLDER):
        if is_folder(folder):
            model = folder / "model"
            places = (model / "consolidated", model)
            place = next((each for each in places if readable(names_in(each))), None)
            files = ModelFiles.of(folder).at(place or (model if is_folder(model) else folder))
            if place is None and is_sharded(model):
                described = model / METADATA
                own = replace(files, config=described, tokenizer=described) if is_folder(described) else files
                files = own.borrowing()
            yield Found(root, step, files, completeness.no_file(folder / UNFINISHED))


LAYOUT = Layout(
    name="nemo_automodel",
    looks_for=f"epoch_E_step_N/model/ (complete when {UNFINISHED} is gone)",
    find=find,
    order=26,
    entries=("epoch_*_step_*",),
    trainers="NeMo Automodel",
    complete=f"{UNFINISHED} was removed",
    parts=f"all in model/consolidated/ or model/; with shards of single ranks, configuration and tokenizer in "
    f"model/{METADATA}/, or those of the base",
    signs=("epoch_*_step_*", "epoch_*_step_*/model", "epoch_*_step_*/model/*.safetensors"),
)
